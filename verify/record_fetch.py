"""Fetching a public record over HTTP into a folder, for the command line.

The address is typed by whoever runs the command, never taken from a file or a code. Redirects are refused, and every
answer has a limit in time and size. What arrives is believed no more than a folder: `verify.record_reader` checks it as
a whole.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from time import monotonic
from typing import IO, NoReturn
from urllib.parse import urlsplit

from schemas.record.checkpoint import claimed_origin, parse_checkpoint_note
from schemas.record.entry import MAX_ENTRY_BYTES, StatusListPublished, parse_entry
from schemas.record.merkle import TILE_WIDTH
from schemas.record.signed_note import MAX_NOTE_BYTES
from schemas.record.status_list import MAX_STATUS_LIST_BYTES
from schemas.record.tiles import CHECKPOINT_PATH, bundle_path, bundles_between, parse_bundle, status_list_path
from schemas.record.trust_root import TrustRoot
from verify.ed25519 import verify_ed25519
from verify.findings import VerifyError

_TIMEOUT_SECONDS = 20
_DEADLINE_SECONDS = 60
_MAX_BUNDLE = TILE_WIDTH * (MAX_ENTRY_BYTES + 2)
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def fetch_record(url: str, folder: Path, trust: TrustRoot) -> None:
    """Bring the checkpoint, all entries and the last status lists into `folder`.

    Raises:
        VerifyError: `record-address`, `record-unreachable`, `record-too-large`.
        SchemaError: the checkpoint is not one of a log that the trust root knows.
    """
    base = _checked(url)
    note = _get(base + CHECKPOINT_PATH, MAX_NOTE_BYTES)
    log = trust.log_for(claimed_origin(note))
    if log is None:
        raise _failed(
            "record-log-unknown",
            "thuộc một sổ cấp không có trong gốc tin cậy",
            "is of a log that the trust root does not know",
        )
    # The size decides how much is fetched, so it is believed only once it is signed.
    cosigned = parse_checkpoint_note(
        note, log_key=log.log_verifier, clock_key=log.clock_verifier, verify=verify_ed25519
    )
    lists: dict[int, int] = {}
    for n, width in bundles_between(0, cosigned.checkpoint.size):
        bundle = _get(base + bundle_path(n, width), _MAX_BUNDLE)
        _write(folder / bundle_path(n, width), bundle)
        for entry in parse_bundle(bundle, width):
            match parse_entry(entry):
                case StatusListPublished(list_id=list_id, version=version):
                    lists[list_id] = max(version, lists.get(list_id, 0))
    for list_id, version in lists.items():
        path = status_list_path(list_id, version)
        _write(folder / path, _get(base + path, MAX_STATUS_LIST_BYTES))
    _write(folder / CHECKPOINT_PATH, note)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,  # noqa: ARG002
        fp: IO[bytes],
        code: int,
        msg: str,  # noqa: ARG002
        headers: HTTPMessage,
        newurl: str,
    ) -> NoReturn:
        raise urllib.error.HTTPError(newurl, code, "redirects are not followed", headers, fp)


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        strange = bool(parts.query or parts.fragment or parts.username) or not (
            url.isascii() and url.isprintable()
        )
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    except ValueError:
        strange = safe = False
        parts = urlsplit("")
    if strange or not safe or not parts.hostname or " " in url:
        raise VerifyError(
            "record-address",
            "Địa chỉ sổ cấp phải có dạng https://MÁY/record (http chỉ dùng trong máy này).",
            "The record's address must be of the form https://HOST/record (http only on this machine).",
        )
    return url.rstrip("/") + "/"


def _get(url: str, limit: int) -> bytes:
    try:
        with _OPENER.open(url, timeout=_TIMEOUT_SECONDS) as response:
            data = _read(response, limit)
    except (OSError, ValueError, HTTPException) as error:
        raise _failed(
            "record-unreachable", f"không tải được từ {url}", f"cannot be fetched from {url}"
        ) from error
    if len(data) > limit:
        raise _failed(
            "record-too-large", f"có tệp lớn quá mức ({url})", f"has a file that is too large ({url})"
        )
    return data


def _read(response: HTTPResponse, limit: int) -> bytes:
    """Read to the end, to one byte over the limit, or until time is up."""
    # The socket's own timeout begins anew with each byte that trickles in.
    deadline, data = monotonic() + _DEADLINE_SECONDS, b""
    while len(data) <= limit and (part := response.read1(65536)):
        data += part
        if monotonic() > deadline:
            raise TimeoutError("the answer takes too long")
    return data


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _failed(code: str, vi: str, en: str) -> VerifyError:
    return VerifyError(
        code,
        f"Sổ cấp {vi}. Hãy kiểm tra địa chỉ và đường truyền.",
        f"The record {en}. Check address and connection.",
    )
