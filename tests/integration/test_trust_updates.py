"""Newer versions of the trust root beside a record: found, taken by the rule, given on by mirrors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from schemas.errors import HocbaError
from schemas.record.tiles import CHECKPOINT_PATH, trust_root_path
from schemas.record.trust_root import TrustRoot
from tests.support.commands import run
from tests.support.record import NOW, root_key
from tests.support.record_server import put, served
from tests.support.trust_roots import FAR, fingerprint, in_days, signed
from tests.support.whole_record import WholeRecord, document, vector_trust_root
from verify.audit import audit_record
from verify.mirror import update_mirror
from verify.trust import accept_trust_root, follow_trust_root, load_trust_root, take_updates
from verify.trust_updates import fetch_updates, publish_versions
from verify.verifier import Verifier

NEW_KEYS = {"root_keys": tuple(root_key(f"new root {n}").model_dump() for n in (1, 2, 3))}


def root(number: int, **changes: object) -> TrustRoot:
    """Return a version of the vectors' trust root."""
    members = vector_trust_root().model_dump(by_alias=True) | {"version": number, "expires": FAR} | changes
    return TrustRoot.model_validate(members, by_alias=True)


VERSIONS = (
    signed(root(1)),
    signed(root(2, **NEW_KEYS), "root 1", "root 2", "new root 1", "new root 2"),
    signed(root(3, hosts=("moi.example.vn",), **NEW_KEYS), "new root 2", "new root 3"),
)


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """The folder that the origin serves: a record, and three versions."""
    record = WholeRecord()
    record.issue(document("a document"))
    record.publish_list()
    put(tmp_path / "origin", record.files() | beside(*VERSIONS))
    return tmp_path / "origin"


@pytest.fixture
def address(origin: Path) -> Iterator[str]:
    """Where the origin serves."""
    with served(origin) as address:
        yield address


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A folder that keeps version 1."""
    accept_trust_root(VERSIONS[0], fingerprint(VERSIONS[0]), tmp_path / "trust")
    return tmp_path / "trust"


def beside(*files: bytes) -> dict[str, bytes]:
    """Return the first versions as files beside a record."""
    return {trust_root_path(number): data for number, data in enumerate(files, start=1)}


def refused(act: Callable[[], object]) -> str:
    """Return the code of a refusal."""
    with pytest.raises(HocbaError) as caught:
        act()
    return caught.value.code


def at(seconds: int = NOW) -> dt.datetime:
    """Return a moment."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def test_all_newer_versions_are_taken(address: str, kept: Path) -> None:
    """From version 1 to 3 in one go, and then there is nothing new."""
    assert [one.root.version for one in fetch_updates(address, kept)] == [2, 3]
    assert load_trust_root(kept).hosts == ("moi.example.vn",)
    assert fetch_updates(address, kept) == ()


def test_forged_version_is_refused_and_those_before_it_are_kept(
    address: str, origin: Path, kept: Path
) -> None:
    """Whoever holds the origin, or the line to it, can sign with no key that counts."""
    forged = signed(root(3, **NEW_KEYS), "root 1", "root 2")
    (origin / trust_root_path(3)).write_bytes(forged)
    assert refused(lambda: fetch_updates(address, kept)) == "trust-root-threshold"
    assert load_trust_root(kept).version == 2
    (origin / trust_root_path(3)).write_bytes(VERSIONS[0])
    assert refused(lambda: fetch_updates(address, kept)) == "trust-root-rollback"
    (origin / trust_root_path(3)).write_bytes(b"<html>not here</html>")
    assert refused(lambda: fetch_updates(address, kept)) == "json-invalid"
    (origin / trust_root_path(3)).write_bytes(bytes((1 << 20) + 1))
    assert refused(lambda: fetch_updates(address, kept)) == "record-too-large"
    assert load_trust_root(kept).version == 2


def test_origin_that_is_away_is_not_nothing_new(kept: Path, address: str, origin: Path) -> None:
    """An origin that cannot be reached is said to be so; one that has no file says that there is none."""
    assert refused(lambda: fetch_updates("http://127.0.0.1:1/", kept)) == "record-unreachable"
    (origin / trust_root_path(2)).unlink()
    assert fetch_updates(address, kept) == ()


def test_mirror_gives_every_version_on(address: str, origin: Path, tmp_path: Path) -> None:
    """Whoever accepted version 1 follows by a mirror whose operator began with version 3."""
    copy, late = tmp_path / "copy", tmp_path / "late"
    accept_trust_root(VERSIONS[2], fingerprint(VERSIONS[2]), late)
    publish_versions(address, copy, late)
    assert {path.name: path.read_bytes() for path in (copy / "trust-root").iterdir()} == {
        f"{number}.json": data for number, data in enumerate(VERSIONS, start=1)
    }
    # What precedes the accepted one is believed only where the chain leads from it.
    (origin / trust_root_path(1)).write_bytes(signed(root(1), "root 1", "root 3"))
    (origin / trust_root_path(2)).write_bytes(signed(root(2), "root 1", "root 3"))
    publish_versions(address, tmp_path / "other", late)
    assert [path.name for path in (tmp_path / "other" / "trust-root").iterdir()] == ["3.json"]


def test_mirror_command_follows_and_the_copy_verifies(
    address: str, origin: Path, kept: Path, tmp_path: Path
) -> None:
    """One run takes all versions first, then the record by the newest; the copy passes an audit and has the files."""
    copy = tmp_path / "copy"
    options = ("--from", address, "--to", copy, "--trust", kept)
    done = run("hocba-verify", "mirror", *options)
    assert done.returncode == 0, done.stderr
    assert fingerprint(VERSIONS[2]) in done.stdout
    assert load_trust_root(kept).version == 3
    assert {path.name for path in (copy / "trust-root").iterdir()} == {"1.json", "2.json", "3.json"}
    assert audit_record(copy, load_trust_root(kept), now=at()).differences == ()
    # A forged next version is named, and must not hold back what is new in the record.
    (copy / CHECKPOINT_PATH).unlink()
    (origin / trust_root_path(4)).write_bytes(signed(root(4), "root 1", "root 2"))
    done = run("hocba-verify", "mirror", *options)
    assert (done.returncode, "[trust-root-threshold]" in done.stderr) == (1, True)
    assert (copy / CHECKPOINT_PATH).exists()
    assert not (copy / trust_root_path(4)).exists()


def test_update_command_takes_what_lies_beside_a_record(address: str, kept: Path) -> None:
    """The same for whoever keeps no mirror."""
    done = run("hocba-verify", "trust", "update", "--from", address, "--trust", kept)
    assert (done.returncode, fingerprint(VERSIONS[2]) in done.stdout) == (0, True)
    again = run("hocba-verify", "trust", "update", "--from", address, "--trust", kept)
    assert (again.returncode, "There is no newer version." in again.stdout) == (0, True)


def test_mirror_goes_on_until_the_end_and_not_after(tmp_path: Path, address: str, origin: Path) -> None:
    """A week before: urgent, in both languages. Expired: refused, unless the next version is beside the record."""
    now = dt.datetime.now(dt.UTC)
    ending = signed(root(1, expires=in_days(6.5, after=now)))
    for number in (2, 3):
        (origin / trust_root_path(number)).unlink()
    accept_trust_root(ending, fingerprint(ending), tmp_path / "ending")
    copy = tmp_path / "copy"
    done = run("hocba-verify", "mirror", "--from", address, "--to", copy, "--trust", tmp_path / "ending")
    assert (done.returncode, "KHẨN" in done.stderr, "URGENT" in done.stderr) == (0, True, True)
    expired = signed(root(1, expires="2025-01-01T00:00:00Z"))
    accept_trust_root(expired, fingerprint(expired), tmp_path / "expired")
    options = ("--from", address, "--to", copy, "--trust", tmp_path / "expired")
    done = run("hocba-verify", "mirror", *options)
    assert (done.returncode, "[trust-root-expired]" in done.stderr) == (1, True)
    (origin / trust_root_path(2)).write_bytes(signed(root(2)))
    done = run("hocba-verify", "mirror", *options)
    assert done.returncode == 0, done.stderr


def test_audit_names_a_published_version_that_does_not_follow(origin: Path) -> None:
    """All three as they are: nothing. One that is another number, unsigned, or not the one in use: named."""
    newest = root(3, hosts=("moi.example.vn",), **NEW_KEYS)

    def found(trust: TrustRoot = newest) -> list[tuple[str, str]]:
        return [(one.code, one.where) for one in audit_record(origin, trust, now=at()).differences]

    assert found() == []
    assert found(root(1)) == []
    (origin / trust_root_path(4)).write_bytes(VERSIONS[2])
    (origin / trust_root_path(5)).write_bytes(b"{}")
    (origin / trust_root_path(1)).write_bytes(signed(root(1, hosts=()), "root 1", "root 2"))
    (origin / "trust-root" / "x.json").write_bytes(b"{}")
    assert found() == [
        ("audit-trust-root", "trust-root/4.json"),
        ("audit-trust-root", "trust-root/5.json"),
        ("audit-file", "trust-root/x.json"),
    ]
    assert ("audit-trust-root", "trust-root/1.json") in found(root(1))


def test_registrar_that_a_newer_version_names_counts_at_once(tmp_path: Path) -> None:
    """A running verifier judges the record anew under the new version: who was a stranger is now registered."""
    record = WholeRecord()
    one = document("a document")
    record.issue(one)
    record.publish_list()
    put(tmp_path / "record", record.files())
    without = root(1, registrars=())
    data = signed(without)
    folder = tmp_path / "other"
    accept_trust_root(data, fingerprint(data), folder)
    verifier = Verifier(
        without, tmp_path / "record", now=lambda: at(NOW + 600), newest=follow_trust_root(folder, without)
    )
    try:
        assert str(verifier.file(one.pdf).verdict) == "untrusted_issuer"
        take_updates(folder, [signed(root(2))])
        assert str(verifier.file(one.pdf).verdict) == "valid"
    finally:
        verifier.close()


def test_library_mirror_leaves_versions_alone(address: str, tmp_path: Path) -> None:
    """The record is copied under the trust root given, and nothing else."""
    update_mirror(address, tmp_path / "copy", vector_trust_root())
    assert not (tmp_path / "copy" / "trust-root").exists()
