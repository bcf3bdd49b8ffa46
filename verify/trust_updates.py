"""Newer versions of the trust root, found beside a record: `trust-root/<N>.json` below its address.

Whoever serves them is believed in nothing: a version counts by the signatures of the root keys that are already known.
Withholding them is all that such a place can do, and the expiry ends that.
"""

from __future__ import annotations

from pathlib import Path
from urllib.error import HTTPError

from schemas.errors import SchemaError
from schemas.record.envelope import (
    MAX_ENVELOPE_BYTES,
    Envelope,
    check_threshold,
    check_update,
    format_envelope,
    parse_envelope,
)
from schemas.record.tiles import trust_root_path
from verify.ed25519 import verify_ed25519
from verify.files import replace_file, sync_folder
from verify.findings import VerifyError
from verify.record_fetch import checked_address, fetch
from verify.trust import kept_versions, take_updates

_NOT_THERE = frozenset({403, 404, 410})
"""What static servers say of a file that there is not."""


def fetch_updates(address: str, kept: Path) -> tuple[Envelope, ...]:
    """Take every newer version that lies beside the record at `address`; each is durable before the next is asked for.

    Raises:
        VerifyError: `record-address`, `record-unreachable`, `record-too-large`, and as `kept_versions`.
        SchemaError: a version breaks the rule; those before it were taken.
        OSError: the folder cannot be written.
    """
    base = checked_address(address)
    version = kept_versions(kept)[-1].root.version
    taken: list[Envelope] = []
    while (data := _fetch(base, version + len(taken) + 1)) is not None:
        taken += take_updates(kept, [data])
    return tuple(taken)


def publish_versions(address: str, folder: Path, kept: Path) -> None:
    """Put the versions into a mirror's folder, for those who verify from it: the kept ones, and those before them.

    An earlier one is fetched, and believed where the version after it is its update.

    Raises:
        VerifyError, SchemaError: as `kept_versions`.
        OSError: the folder cannot be written.
    """
    versions = kept_versions(kept)
    for envelope in versions:
        _put(folder, envelope)
    base, first = checked_address(address), versions[0]
    while first.root.version > 1 and not (folder / trust_root_path(first.root.version - 1)).exists():
        try:
            data = _fetch(base, first.root.version - 1)
            if data is None:
                return
            earlier = parse_envelope(data)
            check_threshold(earlier, verify_ed25519)
            check_update(earlier.root, first, verify_ed25519)
        except (VerifyError, SchemaError):
            return  # only those miss it who are that far behind, and they can ask elsewhere
        _put(folder, earlier)
        first = earlier


def _put(folder: Path, envelope: Envelope) -> None:
    path = folder / trust_root_path(envelope.root.version)
    if not path.exists():
        replace_file(path, format_envelope(envelope))
        sync_folder(path.parent)


def _fetch(base: str, version: int) -> bytes | None:
    """Return a version; None where there is none."""
    try:
        return fetch(base + trust_root_path(version), MAX_ENVELOPE_BYTES)
    except VerifyError as error:
        if isinstance(error.__cause__, HTTPError) and error.__cause__.code in _NOT_THERE:
            return None
        raise
