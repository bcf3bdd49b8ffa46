"""The trust root that a verifier keeps: accepted by fingerprint, followed version by version, and no way back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from schemas.errors import HocbaError
from tests.support.record import root_key, trust_root
from tests.support.trust_roots import FAR, fingerprint, in_days, signed, version
from verify.cli import main
from verify.files import replace_file
from verify.findings import VerifyError
from verify.trust import (
    accept_trust_root,
    follow_trust_root,
    kept_versions,
    load_trust_root,
    read_trust_root,
    take_updates,
)

FIRST = version(1)
NEW_KEYS = {"root_keys": tuple(root_key(f"new root {n}") for n in (1, 2, 3))}


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A folder that keeps version 1."""
    folder = tmp_path / "trust"
    accept_trust_root(FIRST, fingerprint(FIRST), folder)
    return folder


def refused(act: Callable[[], object]) -> str:
    """Return the code of a refusal."""
    with pytest.raises(HocbaError) as caught:
        act()
    return caught.value.code


def run(*arguments: str | Path) -> Result:
    """Run a command of `hocba-verify` in this process."""
    return CliRunner().invoke(main, [str(one) for one in arguments])


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder, unfinished ones left out."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}


def test_first_copy_is_accepted_by_its_fingerprint(tmp_path: Path) -> None:
    """The fingerprint may come from paper: capitals and spaces do not matter, every digit does."""
    digits = fingerprint(FIRST)
    typed = " ".join(digits[i : i + 4] for i in range(0, 64, 4)).upper()
    assert accept_trust_root(FIRST, typed, tmp_path / "trust").root == trust_root(expires=FAR)
    assert load_trust_root(tmp_path / "trust") == trust_root(expires=FAR)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (fingerprint(version(1, "root 1", "root 3")), "trust-root-fingerprint"),
        (fingerprint(FIRST)[:-1], "fingerprint-invalid"),
        (fingerprint(FIRST)[:-1] + "g", "fingerprint-invalid"),
        ("", "fingerprint-invalid"),
    ],
)
def test_another_fingerprint_is_refused_and_nothing_kept(tmp_path: Path, wrong: str, code: str) -> None:
    """Neither another file nor a mistyped fingerprint leaves anything; the right one is not given away."""
    with pytest.raises(VerifyError) as caught:
        accept_trust_root(FIRST, wrong, tmp_path / "trust")
    assert caught.value.code == code
    assert fingerprint(FIRST) not in str(caught.value)
    assert not (tmp_path / "trust").exists()


def test_self_signed_is_not_enough(tmp_path: Path) -> None:
    """A file signed by fewer keys than its own threshold is refused, whatever its fingerprint."""
    data = version(1, "root 1")
    assert refused(lambda: accept_trust_root(data, fingerprint(data), tmp_path / "trust")) == (
        "trust-root-threshold"
    )


def test_folder_keeps_one_trust_root(kept: Path) -> None:
    """A second first copy would be a way round the rule for updates."""
    other = version(5)
    assert refused(lambda: accept_trust_root(other, fingerprint(other), kept)) == (
        "trust-root-accepted-already"
    )
    assert load_trust_root(kept).version == 1


def test_real_trust_root_needs_acceptance(tmp_path: Path) -> None:
    """A file is believed as it is only where every verdict says TEST; a real one is accepted first."""
    path, real = tmp_path / "trust-root.json", version(1, test=False)
    path.write_bytes(real)
    assert refused(lambda: load_trust_root(path)) == "trust-root-not-accepted"
    accept_trust_root(real, fingerprint(real), tmp_path / "trust")
    assert load_trust_root(tmp_path / "trust").test is False
    path.write_bytes(FIRST)
    assert load_trust_root(path) == trust_root(expires=FAR)


def test_updates_are_taken_in_order_and_old_ones_kept(kept: Path) -> None:
    """Two versions at once: all root keys change in the first, signed by both sets; the second needs the new alone."""
    second = version(2, "root 1", "root 2", "new root 1", "new root 2", **NEW_KEYS)
    third = version(3, "new root 2", "new root 3", hosts=("moi.example.vn",), **NEW_KEYS)
    assert [one.root.version for one in take_updates(kept, [second, third])] == [2, 3]
    assert load_trust_root(kept).hosts == ("moi.example.vn",)
    assert contents(kept) == {
        "accepted": f"1 {fingerprint(FIRST)}\n".encode(),
        "1.json": FIRST,
        "2.json": second,
        "3.json": third,
    }


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ([FIRST], "trust-root-rollback"),
        ([version(1, hosts=())], "trust-root-rollback"),
        ([version(2), version(2)], "trust-root-rollback"),
        ([version(2), version(1)], "trust-root-rollback"),
        ([version(3)], "trust-root-gap"),
        ([version(2), version(4)], "trust-root-gap"),
        ([version(2, test=False)], "trust-root-test-changed"),
        ([version(2, "root 1")], "trust-root-threshold"),
        ([version(2, "root 1", "stranger")], "trust-root-threshold"),
        ([version(2, "new root 1", "new root 2", **NEW_KEYS)], "trust-root-threshold"),
        ([version(2, "root 1", "root 2", **NEW_KEYS)], "trust-root-threshold"),
        ([version(2, "root 1", "root 2", threshold=3)], "trust-root-threshold"),
        ([version(2).replace(b'"threshold":2', b'"threshold":1')], "signature-invalid"),
        ([version(2), b"{}"], "trust-root-invalid"),
        ([version(2) + b"\n"], "json-not-canonical"),
    ],
)
def test_refused_updates_change_nothing(kept: Path, files: list[bytes], code: str) -> None:
    """A rollback, a gap, test for real, too few signatures of either version: of several files none is taken."""
    before = contents(kept)
    assert refused(lambda: take_updates(kept, files)) == code
    assert contents(kept) == before


def test_expired_version_may_be_followed(tmp_path: Path) -> None:
    """An update ends an expiry: whoever comes back after years takes all versions since, the old ones expired."""
    first, second, third = (
        version(number, expires=f"20{20 + number}-01-01T00:00:00Z") for number in (1, 2, 30)
    )
    accept_trust_root(first, fingerprint(first), tmp_path)
    between = [version(number, expires="2022-01-01T00:00:00Z") for number in range(3, 30)]
    take_updates(tmp_path, [second, *between, third])
    assert load_trust_root(tmp_path).version == 30


def test_damaged_folder_is_refused(kept: Path) -> None:
    """A version taken out, changed, or put in without signatures is not a way back."""
    take_updates(kept, [version(2), version(3)])
    (kept / "4.json").write_bytes(version(4, "new root 1", "new root 2", **NEW_KEYS))
    assert refused(lambda: load_trust_root(kept)) == "trust-root-threshold"
    (kept / "4.json").unlink()
    (kept / "2.json").rename(kept / ".2")
    assert refused(lambda: load_trust_root(kept)) == "trust-root-folder-damaged"
    (kept / ".2").rename(kept / "2.json")
    (kept / "1.json").write_bytes(version(1, "root 1", "root 3"))
    assert refused(lambda: load_trust_root(kept)) == "trust-root-folder-damaged"
    (kept / "1.json").unlink()
    assert refused(lambda: load_trust_root(kept)) == "trust-root-missing"
    (kept / "accepted").write_text("1\n")
    assert refused(lambda: load_trust_root(kept)) == "trust-root-folder-damaged"


def test_published_folder_is_not_a_kept_one(tmp_path: Path) -> None:
    """The versions beside a record have the same names, and nobody accepted them."""
    (tmp_path / "1.json").write_bytes(FIRST)
    assert refused(lambda: load_trust_root(tmp_path)) == "trust-root-not-accepted"


@contextmanager
def stopped_before(write: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stop what is done within before its so many-th file, leaving half of it under another name."""
    count = 0

    def replace_or_stop(path: Path, data: bytes) -> None:
        nonlocal count
        count += 1
        if count == write:
            path.with_name(f".{path.name}.tmp").write_bytes(data[: len(data) // 2])
            raise KeyboardInterrupt
        replace_file(path, data)

    with monkeypatch.context() as patch:
        patch.setattr("verify.trust.replace_file", replace_or_stop)
        yield


@pytest.mark.parametrize("write", [1, 2])
def test_killed_while_accepting_leaves_nothing_accepted(
    tmp_path: Path, write: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped before either write, nothing is accepted; doing it again is all that is needed."""
    with stopped_before(write, monkeypatch), pytest.raises(KeyboardInterrupt):
        accept_trust_root(FIRST, fingerprint(FIRST), tmp_path / "trust")
    assert refused(lambda: load_trust_root(tmp_path / "trust")) == "trust-root-not-accepted"
    accept_trust_root(FIRST, fingerprint(FIRST), tmp_path / "trust")
    assert load_trust_root(tmp_path / "trust").version == 1


@pytest.mark.parametrize("write", [1, 2])
def test_killed_while_updating_leaves_a_whole_chain(
    kept: Path, write: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped before either of two versions, the newest one written is in use, and the rest is taken again."""
    files = [version(2), version(3)]
    with stopped_before(write, monkeypatch), pytest.raises(KeyboardInterrupt):
        take_updates(kept, files)
    assert load_trust_root(kept).version == write
    take_updates(kept, files[write - 1 :])
    assert load_trust_root(kept).version == 3


def test_running_process_follows_its_folder(kept: Path) -> None:
    """A version that is added is taken at the next asking; a folder that is damaged or gone changes nothing."""
    newest = follow_trust_root(kept, load_trust_root(kept))
    assert newest().version == 1
    take_updates(kept, [version(2), version(3)])
    assert newest().version == 3
    (kept / "2.json").unlink()
    assert newest().version == 3
    kept.rename(kept.with_name("gone"))
    assert newest().version == 3


def test_running_process_follows_a_demonstrations_file_by_the_rule(tmp_path: Path) -> None:
    """The next version in place of the file is taken; an older one, a gap and a stranger's are not."""
    path = tmp_path / "trust-root.json"
    path.write_bytes(version(2))
    newest = follow_trust_root(path, read_trust_root(path).root)

    def put(data: bytes) -> int:
        unfinished = tmp_path / "new"
        unfinished.write_bytes(data)
        unfinished.rename(path)
        return newest().version

    stranger = version(3, "new root 1", "new root 2", **NEW_KEYS)
    assert [put(one) for one in (FIRST, version(4), stranger, version(3, test=False), version(3))] == [
        2, 2, 2, 2, 3,
    ]  # fmt: skip


def test_commands_accept_update_and_show(tmp_path: Path) -> None:
    """The way of an operator: accept by fingerprint, take two files at once, see what is in use; refusals are 1."""
    now = dt.datetime.now(dt.UTC)
    names = ("root 1", "root 2")
    files = {}
    for number, days in ((1, 400), (2, 500), (3, 20)):
        files[number] = tmp_path / f"trust-root-{number}.json"
        files[number].write_bytes(version(number, *names, expires=in_days(days, after=now)))
    folder = tmp_path / "trust"
    option = ("--trust", folder)
    right = fingerprint(files[1].read_bytes())
    wrong = run("trust", "accept", files[1], "--fingerprint", "0" * 64, *option)
    assert (wrong.exit_code, "[trust-root-fingerprint]" in wrong.stderr) == (1, True)
    accepted = run("trust", "accept", files[1], "--fingerprint", right, *option)
    assert (accepted.exit_code, right in accepted.stdout) == (0, True)
    gap = run("trust", "update", files[3], *option)
    assert (gap.exit_code, "[trust-root-gap]" in gap.stderr) == (1, True)
    updated = run("trust", "update", files[2], files[3], *option)
    assert updated.exit_code == 0, updated.stderr
    back = run("trust", "update", files[2], *option)
    assert (back.exit_code, "[trust-root-rollback]" in back.stderr) == (1, True)
    shown = run("trust", "show", *option)
    assert shown.exit_code == 0
    for word in ("BẢN THỬ / TEST", "20 days left", fingerprint(files[3].read_bytes()), "1, 2, 3", "HN-*"):
        assert word in shown.stdout
    assert "To be done this month" in shown.stderr
    neither = run("trust", "update", *option)
    assert neither.exit_code == 2


def test_show_says_when_it_has_expired(tmp_path: Path) -> None:
    """Exit code 1, and in both languages, for whoever watches by a script."""
    path = tmp_path / "trust-root.json"
    path.write_bytes(signed(trust_root(expires="2024-01-01T00:00:00Z")))
    shown = run("trust", "show", "--trust", path)
    assert (shown.exit_code, "ĐÃ HẾT HẠN / EXPIRED" in shown.stdout) == (1, True)


def test_missing_file_is_named(tmp_path: Path) -> None:
    """No folder, no file: where to get one."""
    missing = tmp_path / "nothing"
    assert refused(lambda: load_trust_root(missing)) == "trust-root-missing"
    missing.write_bytes(b"x" * 100)
    assert refused(lambda: load_trust_root(missing)) == "json-invalid"
    for place in (tmp_path, tmp_path / "no folder", missing):
        assert refused(lambda at=place: kept_versions(at)) == "trust-root-not-accepted"  # type: ignore[misc]
        assert refused(lambda at=place: take_updates(at, [FIRST])) == "trust-root-not-accepted"  # type: ignore[misc]
