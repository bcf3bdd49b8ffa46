"""The trust root that a verifier keeps: the first copy accepted by its fingerprint, each later one by the TUF rule.

    FOLDER/accepted     version and fingerprint of the first copy, as somebody compared it
    FOLDER/<N>.json     that copy, and every version since

Nothing is ever replaced, so there is no way back: the newest version is the one in use, and the chain from the
accepted copy is checked at every reading. A crash leaves the chain as it was, or one version longer.

A demonstration's trust root, under which every verdict says TEST, may be any file, accepted by nobody.
"""

from __future__ import annotations

import fcntl
import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from schemas.errors import HocbaError
from schemas.record.envelope import (
    MAX_ENVELOPE_BYTES,
    Envelope,
    check_threshold,
    check_update,
    format_envelope,
    parse_envelope,
)
from schemas.record.trust_root import TrustRoot
from verify.ed25519 import verify_ed25519
from verify.files import read_regular_file, replace_file, sync_folder
from verify.findings import VerifyError

_ACCEPTED: Final = "accepted"
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{64}")
_MARK: Final = re.compile(rb"([1-9][0-9]{0,15}) ([0-9a-f]{64})\n")
_VERSION: Final = re.compile(r"([1-9][0-9]{0,15})\.json")


def load_trust_root(path: Path) -> TrustRoot:
    """Return the trust root in use: the newest version of a kept folder, or a demonstration's file.

    Whether it has expired is for those to ask who know the time.

    Raises:
        VerifyError: `trust-root-missing`, `trust-root-not-accepted`, `trust-root-folder-damaged`.
        SchemaError: a file is malformed, or breaks the rule for updates.
    """
    if path.is_dir():
        return kept_versions(path)[-1].root
    return _of_demonstration(path)


def read_trust_root(path: Path) -> Envelope:
    """Read `trust-root.json` and check that a threshold of its own root keys signed it.

    That says nothing of who holds these keys, nor whether it has expired.

    Raises:
        VerifyError: `trust-root-missing`.
        SchemaError: it is malformed, or not signed by a threshold of its own root keys.
    """
    try:
        data = read_regular_file(path, MAX_ENVELOPE_BYTES)
    except OSError as error:
        raise VerifyError(
            "trust-root-missing",
            f"Không đọc được tệp gốc tin cậy {path}. Hãy lấy tệp này từ Sở và kiểm tra lại đường dẫn.",
            f"The trust root {path} cannot be read. Get it from the authority and check the path.",
        ) from error
    envelope = parse_envelope(data)
    check_threshold(envelope, verify_ed25519)
    return envelope


def accept_trust_root(data: bytes, fingerprint: str, folder: Path) -> Envelope:
    """Keep a first copy in `folder`, because its fingerprint is the one that the authority gave by another way.

    Args:
        data: the bytes of `trust-root.json`.
        fingerprint: as it was given; white space and capitals do not matter, it may come from paper.
        folder: where it and all later versions are kept; made where it is missing.

    Raises:
        VerifyError: `fingerprint-invalid`, `trust-root-fingerprint`, `trust-root-accepted-already`.
        SchemaError: it is malformed, or not signed by a threshold of its own root keys.
        OSError: the folder cannot be written.
    """
    wanted = "".join(fingerprint.split()).lower()
    if not _FINGERPRINT.fullmatch(wanted):
        raise VerifyError(
            "fingerprint-invalid",
            "Vân tay gồm 64 chữ số thập lục phân (SHA-256 của tệp); hãy xem lại văn bản của Sở.",
            "A fingerprint is 64 hexadecimal digits (SHA-256 of the file); look at the authority's letter again.",
        )
    envelope = parse_envelope(data)
    check_threshold(envelope, verify_ed25519)
    if envelope.fingerprint() != wanted:
        # The right fingerprint is not shown here: it must come by another way than the file.
        raise VerifyError(
            "trust-root-fingerprint",
            "Vân tay của tệp khác vân tay đã cho: tệp không phải gốc tin cậy mà Sở công bố. Không dùng tệp này; hãy "
            "tải lại, và báo Sở nếu vẫn vậy.",
            "The file's fingerprint is not the one given: this is not the authority's trust root. Do not use it; fetch "
            "it again, and tell the authority if it goes on.",
        )
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        if (folder / _ACCEPTED).exists():
            raise VerifyError(
                "trust-root-accepted-already",
                f"Thư mục {folder} đã giữ một gốc tin cậy. Bản mới: hocba-verify trust update; gốc khác: thư mục khác.",
                f"The folder {folder} keeps a trust root already. A newer version: hocba-verify trust update; another "
                "trust root: another folder.",
            )
        _put(folder, envelope)
        # The mark comes last: a copy without it was not accepted.
        replace_file(folder / _ACCEPTED, f"{envelope.root.version} {wanted}\n".encode())
        sync_folder(folder)
    return envelope


def kept_versions(folder: Path) -> tuple[Envelope, ...]:
    """Return the versions that a folder keeps, the accepted one first, the one in use last; the chain is checked.

    Raises:
        VerifyError: `trust-root-not-accepted`, `trust-root-missing`, `trust-root-folder-damaged`.
        SchemaError: a version is malformed, or breaks the rule for updates.
    """
    version, fingerprint = _accepted(folder)
    chain = [read_trust_root(_path(folder, version))]
    if chain[0].fingerprint() != fingerprint or chain[0].root.version != version:
        raise _damaged(folder)
    while _path(folder, chain[-1].root.version + 1).exists():
        newer = read_trust_root(_path(folder, chain[-1].root.version + 1))
        check_update(chain[-1].root, newer, verify_ed25519)
        chain.append(newer)
    names = (_VERSION.fullmatch(path.name) for path in folder.iterdir())
    if any(name is not None and int(name[1]) > chain[-1].root.version for name in names):
        # A version in between is missing: what is newest here was newer before.
        raise _damaged(folder)
    return tuple(chain)


def take_updates(folder: Path, files: Sequence[bytes]) -> tuple[Envelope, ...]:
    """Take newer versions, in their order; all are checked before one is kept.

    Raises:
        VerifyError: as `kept_versions`.
        SchemaError: `trust-root-rollback`, `trust-root-gap`, `trust-root-test-changed`, `trust-root-threshold` and
            what `parse_envelope` finds; nothing was taken.
        OSError: the folder cannot be written.
    """
    _accepted(folder)
    with _alone(folder):
        newest = kept_versions(folder)[-1].root
        taken = []
        for data in files:
            envelope = parse_envelope(data)
            check_update(newest, envelope, verify_ed25519)
            newest = envelope.root
            taken.append(envelope)
        for envelope in taken:
            _put(folder, envelope)
    return tuple(taken)


def follow_trust_root(path: Path, current: TrustRoot) -> Callable[[], TrustRoot]:
    """Return what gives the trust root in use to a process that runs on, starting from `current`.

    A newer version is taken where the rule for updates leads to it; anything else leaves the one in use.
    """
    seen = _stamp(path)

    def newest() -> TrustRoot:
        nonlocal seen, current
        stamp = _stamp(path)
        if stamp != seen:
            # What breaks off is tried again the next time.
            with suppress(HocbaError, OSError):
                current = _newer(path, current)
                seen = stamp
        return current

    return newest


def _of_demonstration(path: Path) -> TrustRoot:
    root = read_trust_root(path).root
    if not root.test:
        raise VerifyError(
            "trust-root-not-accepted",
            f"Chưa ai xác nhận gốc tin cậy {path}. Hãy lấy vân tay của nó từ Sở bằng đường khác rồi chạy: "
            f"hocba-verify trust accept {path.name} --fingerprint VÂN_TAY --trust THƯ_MỤC, và dùng --trust THƯ_MỤC.",
            f"Nobody has accepted the trust root {path}. Get its fingerprint from the authority by another way and "
            f"run: hocba-verify trust accept {path.name} --fingerprint HEX --trust FOLDER, then use --trust FOLDER.",
        )
    return root


def _newer(path: Path, current: TrustRoot) -> TrustRoot:
    versions = kept_versions(path) if path.is_dir() else (read_trust_root(path),)
    for envelope in versions:
        if envelope.root.version > current.version:
            check_update(current, envelope, verify_ed25519)
            current = envelope.root
    return current


def _stamp(path: Path) -> tuple[object, ...]:
    """Return what changes when a version is added to a folder, or a file is replaced."""
    try:
        found = os.stat(path)  # noqa: PTH116 - at every verification, and pathlib takes twice as long
        # Two versions may come within one tick of the clock that dates a folder; their names tell them apart.
        names = sorted(os.listdir(path)) if stat.S_ISDIR(found.st_mode) else []  # noqa: PTH208 - the same
    except OSError:
        return ()
    return found.st_ino, found.st_mtime_ns, found.st_size, *names


def _accepted(folder: Path) -> tuple[int, str]:
    try:
        mark = _MARK.fullmatch(read_regular_file(folder / _ACCEPTED, 100))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise VerifyError(
            "trust-root-not-accepted",
            f"Ở {folder} chưa có thư mục giữ gốc tin cậy đã xác nhận. Hãy chạy: hocba-verify trust accept TỆP "
            "--fingerprint VÂN_TAY --trust THƯ_MỤC",
            f"There is no folder at {folder} that keeps an accepted trust root. Run: hocba-verify trust accept FILE "
            "--fingerprint HEX --trust FOLDER",
        ) from error
    if mark is None:
        raise _damaged(folder)
    return int(mark[1]), mark[2].decode("ascii")


def _put(folder: Path, envelope: Envelope) -> None:
    replace_file(_path(folder, envelope.root.version), format_envelope(envelope))
    sync_folder(folder)


def _path(folder: Path, version: int) -> Path:
    return folder / f"{version}.json"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process change the folder at a time; another one waits."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _damaged(folder: Path) -> VerifyError:
    return VerifyError(
        "trust-root-folder-damaged",
        f"Thư mục gốc tin cậy {folder} bị hỏng hoặc thiếu bản. Hãy khôi phục từ bản sao lưu, hoặc xác nhận lại theo "
        "vân tay vào một thư mục mới.",
        f"The trust root's folder {folder} is damaged or lacks a version. Restore it from a backup, or accept the "
        "trust root anew, by its fingerprint, into a new folder.",
    )
