"""The trust root of an installation: taking its next versions, and publishing every version beside the record."""

from __future__ import annotations

import datetime as dt
import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from schemas.record.envelope import Envelope, check_update, format_envelope, parse_envelope
from schemas.record.trust_root import Log, TrustRoot
from service.errors import ServiceError
from service.files import PUBLIC, replace_file
from service.record.publisher import Publisher
from verify.ed25519 import verify_ed25519
from verify.trust import read_trust_root
from verify.trust_expiry import check_not_expired

_LOCK_FILE = "trust-root.lock"


@dataclass(frozen=True, slots=True)
class TrustTools:
    """What changing the trust root needs: its file, the folders of record and state, and the log of this place."""

    file: Path
    publisher: Publisher
    state: Path
    origin: str


def log_of(trust: TrustRoot, origin: str) -> Log:
    """Return the log that is written here.

    Raises:
        ServiceError: `origin-unknown`.
    """
    log = trust.log_for(origin)
    if log is None:
        raise ServiceError(
            "origin-unknown",
            f"Gốc tin cậy không biết sổ cấp {origin}; hãy xem lại HOCBA_ORIGIN.",
            f"The trust root does not know the log {origin}; check HOCBA_ORIGIN.",
        )
    return log


def publish_trust_root(tools: TrustTools) -> Envelope:
    """Publish the version in use, for whoever verifies to compare and to follow.

    Raises:
        ServiceError: `trust-root-published-other`.
    """
    envelope = read_trust_root(tools.file)
    tools.publisher.write_trust_root(envelope.root.version, format_envelope(envelope))
    return envelope


def update_trust_root(tools: TrustTools, files: Sequence[bytes], *, now: dt.datetime) -> Envelope:
    """Take newer versions, in their order, and return the one in use then; all are checked before one is published.

    A version is published before it is used here. Killed in between, this is done again with the same files.

    Raises:
        SchemaError: a version breaks the rule for updates, or is malformed; nothing has changed.
        ServiceError: `origin-unknown`, `trust-root-log-changed`, `trust-root-published-other`.
        VerifyError: `trust-root-expired`: the last one.
    """
    with _alone(tools.state):
        current = publish_trust_root(tools)
        log, versions = log_of(current.root, tools.origin), [current]
        for data in files:
            newer = parse_envelope(data)
            check_update(versions[-1].root, newer, verify_ed25519)
            _check_same_log(log, log_of(newer.root, tools.origin))
            versions.append(newer)
        check_not_expired(versions[-1].root, now)
        for envelope in versions[1:]:
            tools.publisher.write_trust_root(envelope.root.version, format_envelope(envelope))
        replace_file(tools.file, format_envelope(versions[-1]), mode=PUBLIC)
    return versions[-1]


def _check_same_log(old: Log, new: Log) -> None:
    if (old.log_key, old.clock_key) != (new.log_key, new.clock_key):
        raise ServiceError(
            "trust-root-log-changed",
            f"Bản mới đổi khoá của sổ cấp {old.origin}: mọi điểm chốt đã ký sẽ không còn kiểm được. Sổ có khoá mới "
            "phải mang tên mới, thêm sau sổ cũ.",
            f"The new version changes a key of the log {old.origin}: no checkpoint signed so far could be checked. A "
            "log with a new key has a new origin, and is added after the old one.",
        )


@contextmanager
def _alone(state: Path) -> Iterator[None]:
    with (state / _LOCK_FILE).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
