"""The admissions desk: folders and archives, hostile ones too, become one outcome for each document."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.verdict import VerdictCode
from tests.support.demonstration import Demonstration
from verify.desk.applicants import Applicant
from verify.desk.archive import MAX_MEMBERS, open_archive
from verify.desk.batch import verify_batch
from verify.desk.intake import is_desk_work, list_files, read_submitted
from verify.desk.matching import MatchCode
from verify.desk.outcome import Outcome, verify_code
from verify.desk.results import make_results
from verify.desk.submitted import Submitted
from verify.transcript import MAX_FILE_BYTES
from verify.verifier import Verifier


@pytest.fixture
def verifier(released: Demonstration) -> Iterator[Verifier]:
    """A verifier over the released transcripts."""
    made = released.verifier()
    yield made
    made.close()


def packed(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return an archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return target.getvalue()


def opened(archive: bytes) -> list[Submitted]:
    """Return what an archive holds."""
    return list(open_archive(io.BytesIO(archive), "all.zip"))


def refused(archive: bytes) -> str:
    """Return why the one thing in an archive was not read."""
    (only,) = opened(archive)
    assert only.data is None
    # Only what can hold no transcript at all is done with.
    assert only.holds_none == any(words in str(only.refusal) for words in ("holds no file", "text document"))
    assert only.refusal is not None
    return only.refusal.en


def taken(verifier: Verifier, *paths: Path) -> list[Outcome]:
    """Return the outcomes of what lies at these paths."""
    files, _ = list_files(paths)
    documents = (document for path, name in files for document in read_submitted(path, name))
    return list(verify_batch(verifier, documents, workers=2))


def test_folder_with_archives_and_strangers(
    released: Demonstration, verifier: Verifier, tmp_path: Path
) -> None:
    """A folder is walked in order; archives are opened; what is no transcript, or came before, is named as that."""
    (tmp_path / "b").mkdir()
    (tmp_path / "a.pdf").write_bytes(released.pdf(0))
    inner = packed(("again.pdf", released.pdf(0)))
    (tmp_path / "b/class.data").write_bytes(packed(("x/one.pdf", released.pdf(1)), ("inner.zip", inner)))
    (tmp_path / "b/note.txt").write_bytes(b"not a transcript")
    (tmp_path / "altered.pdf").write_bytes(released.pdf(2).replace(b"/Type", b"/Typo", 1))
    (tmp_path / ".DS_Store").write_bytes(b"x")
    (tmp_path / "link.pdf").symlink_to(tmp_path / "a.pdf")
    os.mkfifo(tmp_path / "pipe.pdf")
    outcomes = taken(verifier, tmp_path)
    assert [(one.name, str(one.verdict)) for one in outcomes] == [
        ("a.pdf", "valid"),
        ("altered.pdf", "altered"),
        ("pipe.pdf", "unreadable"),
        ("b/class.data/x/one.pdf", "valid"),
        ("b/class.data/inner.zip/again.pdf", "valid"),
        ("b/note.txt", "unreadable"),
    ]
    assert [one.duplicate_of for one in outcomes] == [None, None, None, None, "a.pdf", None]
    assert outcomes[1].full_name is None
    assert is_desk_work([tmp_path / "b/class.data"])
    assert not is_desk_work([tmp_path / "a.pdf", tmp_path / "nothing"])


def test_outcome_goes_through_json_and_matches(released: Demonstration, verifier: Verifier) -> None:
    """An outcome read back from JSON is the same, and is found in a list by its ID and by name and date."""
    (outcome,) = verify_batch(verifier, [Submitted("a.pdf", released.pdf())], workers=1)
    assert Outcome.model_validate_json(outcome.model_dump_json()) == outcome
    assert outcome.full_name
    assert outcome.serial
    by_name = Applicant(2, full_name=outcome.full_name.upper(), birth_date=outcome.birth_date)
    by_serial = Applicant(3, serial=outcome.serial.replace("-", ""))
    for applicant in (by_name, by_serial):
        (row,) = make_results([outcome], [applicant]).rows
        assert row.match is not None
        assert (row.match.code, row.needs_attention) == (MatchCode.EXACT, False)


def test_scanner_types_addresses_and_serials(released: Demonstration, verifier: Verifier) -> None:
    """What a scanner types is a QR's address or a serial; a paper is never settled."""
    scanned = verify_code(verifier, f" {released.qr()} ")
    typed = verify_code(verifier, released.issuances()[0].serial)
    assert {scanned.verdict, typed.verdict} == {VerdictCode.RECORDED}
    assert (scanned.full_name is not None, typed.full_name) == (True, None)
    assert scanned.serial == typed.serial == scanned.name
    assert not scanned.is_settled
    assert verify_code(verifier, "what is this, it is no serial at all").verdict is VerdictCode.UNREADABLE


def test_archive_members_are_names_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A member that would lie outside, is absolute, or hides its name by direction marks is read, and shown plainly."""
    monkeypatch.chdir(tmp_path)
    names = ["../../up.pdf", "/etc/passwd", "..\\windows.pdf", "a\u202efdp.exe", "x/./y.pdf", "new\nline.pdf"]
    documents = opened(packed(*((name, b"%PDF") for name in names)))
    assert [one.name for one in documents] == [
        "all.zip/up.pdf",
        "all.zip/etc/passwd",
        "all.zip/windows.pdf",
        "all.zip/a\N{REPLACEMENT CHARACTER}fdp.exe",
        "all.zip/x/y.pdf",
        "all.zip/new\N{REPLACEMENT CHARACTER}line.pdf",
    ]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "raw", ["Học bạ Đỗ.pdf".encode(), b"Ho\xf2c ba\xf2 \xd0\xf4\xde.pdf"], ids=["UTF-8", "Windows-1258"]
)
def test_name_without_the_mark_of_utf8_is_read_as_it_was_meant(raw: bytes) -> None:
    """What a Vietnamese Windows, or a program that sets no mark, writes is shown in Vietnamese letters."""
    plain = b"x" * len(raw)
    (member,) = opened(packed((plain.decode(), b"%PDF")).replace(plain, raw))
    assert member.name == "all.zip/Học bạ Đỗ.pdf"


def test_bombs_are_not_inflated() -> None:
    """A dense member is refused unread; a large one is read only as far as tells that it is too large."""
    assert "inflate beyond" in refused(packed(("bomb.pdf", bytes(50 * 2**20))))
    (large,) = opened(packed(("large.pdf", os.urandom(64) * 2**18), method=zipfile.ZIP_STORED))
    assert large.data is not None
    assert len(large.data) == MAX_FILE_BYTES + 1


def test_archive_that_lies_about_its_sizes() -> None:
    """A member whose claimed size is smaller or larger than its content is damaged, not believed."""
    for claimed in (10, 10_000):
        archive = bytearray(packed(("a.pdf", os.urandom(1000))))
        at = archive.rindex(b"PK\x01\x02")
        archive[at + 24 : at + 28] = claimed.to_bytes(4, "little")
        assert "damaged" in refused(bytes(archive))


def test_overlapping_members_stop_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever members share their bytes, an archive stops giving once its limit of inflated bytes is used up."""
    monkeypatch.setattr("verify.desk.archive.MAX_INFLATED", 3_000_000)
    archive = packed(*((f"{number}.pdf", os.urandom(1_000_000)) for number in range(6)))
    documents = opened(archive)
    assert sum(len(one.data or b"") for one in documents) <= 3_000_000
    assert documents[-1].refusal is not None


def test_archives_in_archives() -> None:
    """One inside another is opened; one level more is refused, however often it is nested."""
    archive = packed(("a.pdf", b"%PDF"))
    assert [one.name for one in opened(packed(("in.zip", archive)))] == ["all.zip/in.zip/a.pdf"]
    for _ in range(5):
        archive = packed(("in.zip", archive))
    assert "two .zip deep" in refused(archive)


def test_archives_that_are_refused() -> None:
    """Broken, empty, encrypted, linked, oddly packed and overlong archives each say what is wrong."""
    link = zipfile.ZipInfo("link.pdf")
    link.external_attr = 0o120777 << 16
    encrypted = bytearray(packed(("a.pdf", b"%PDF")))
    encrypted[encrypted.rindex(b"PK\x01\x02") + 8] |= 1
    many = bytearray(packed(("a.pdf", b"%PDF")))
    many[-12:-10] = (MAX_MEMBERS + 1).to_bytes(2, "little")
    locator = packed(("a.pdf", b"%PDF"))
    locator = locator[:-22] + b"PK\x06\x07" + bytes(16) + locator[-22:]
    for archive, words in (
        (b"PK\x03\x04 and nothing else", "damaged or incomplete"),
        (packed(("a.pdf", b"%PDF"))[:-30], "damaged or incomplete"),
        (packed(), "holds no file"),
        (packed(("__MACOSX/._a.pdf", b"x")), "holds no file"),
        (bytes(encrypted), "password"),
        (packed((link, b"/etc/passwd")), "only a link"),
        (packed(("a.pdf", b"%PDF"), method=zipfile.ZIP_BZIP2), "unusual way"),
        (bytes(many), "more than is read"),
        (locator, "more than is read"),
        (packed(("[Content_Types].xml", b"x"), ("word/document.xml", b"x")), "text document"),
    ):
        assert words in refused(archive)


def test_damaged_member_does_not_hide_the_others() -> None:
    """One member with a wrong checksum is named; those beside it are read."""
    archive = bytearray(packed(("a.pdf", b"%PDF a"), ("b.pdf", b"%PDF b"), method=zipfile.ZIP_STORED))
    archive[archive.index(b"%PDF a") + 5] ^= 1
    first, second = opened(bytes(archive))
    assert first.refusal is not None
    assert second.data == b"%PDF b"


def test_known_files_need_no_parser(
    released: Demonstration, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the sandbox reads nothing at all, files that the record knows are still valid at the desk."""
    from verify.sandbox import Extraction, Sandbox, SandboxError

    def fail(_self: Sandbox, _pdf: bytes, *, known: bool) -> Extraction:  # noqa: ARG001
        raise SandboxError

    monkeypatch.setattr(Sandbox, "extract", fail)
    documents = [Submitted(f"{number}.pdf", released.pdf(number)) for number in range(3)]
    outcomes = list(verify_batch(verifier, documents, workers=2))
    assert {one.verdict for one in outcomes} == {VerdictCode.VALID}
