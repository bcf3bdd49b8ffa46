"""Fetching files of a public record over HTTP, for the command line: `hocba-verify --record URL` and the mirror.

The address is typed by whoever runs the command, never taken from a file or a code. Redirects are refused, and every
answer has a limit in time and size. What arrives is believed no more than a folder.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from http.client import HTTPException, HTTPMessage, HTTPResponse
from time import monotonic
from typing import IO, NoReturn
from urllib.parse import urlsplit

from verify.findings import VerifyError

_TIMEOUT_SECONDS = 20
_DEADLINE_SECONDS = 60
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


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


def checked_address(url: str) -> str:
    """Return the address of a record with a slash at its end.

    Raises:
        VerifyError: `record-address`.
    """
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


def fetch(url: str, limit: int) -> bytes:
    """Return what lies at an address.

    Raises:
        VerifyError: `record-unreachable`, `record-too-large`.
    """
    try:
        with _OPENER.open(url, timeout=_TIMEOUT_SECONDS) as response:
            data = _read(response, limit)
    except (OSError, ValueError, HTTPException) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()  # it holds the connection
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


def _failed(code: str, vi: str, en: str) -> VerifyError:
    return VerifyError(
        code,
        f"Sổ cấp {vi}. Hãy kiểm tra địa chỉ và đường truyền.",
        f"The record {en}. Check address and connection.",
    )
