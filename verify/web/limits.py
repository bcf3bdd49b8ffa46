"""How much one address or one institution may ask, how many uploads there is room for, and when to come again.

Counts are kept in this process: where several serve, each counts for itself, and the front counts for all
(docs/portal.md).
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Final

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from schemas.errors import Text
from verify.web.tokens import Institution, TokenFile, tokens_invalid
from verify.web.windows import Allowed, Windows

UPLOAD, LOOK_UP = "upload", "look-up"
UPLOADS_AT_ONCE: Final = 20
"""How many threads of a process may have an upload; the others are left to look-ups, pages and health."""
WAITING_AT_ONCE: Final = 4
PATIENCE_SECONDS: Final = 0.5
"""How many more may wait for a place, and how long: what holds everybody up for a moment refuses nobody."""
LARGE_AT_ONCE: Final = 4
LARGE_BYTES: Final = 2 * 2**20
"""How many of them may have one that is larger than what schools issue, so that large files leave room to those."""
_MINUTE, _DAY = 60, 86_400
KINDS: Final[Mapping[str, str]] = {
    "pages.check_file": UPLOAD,
    "api.verify_document": UPLOAD,
    "desk.check_document": UPLOAD,
    "desk.check_form": UPLOAD,
    "desk.check_code": LOOK_UP,
    "desk.show_results": LOOK_UP,
    "pages.check_qr": LOOK_UP,
    "pages.find_serial": LOOK_UP,
    "pages.show_serial": LOOK_UP,
    "api.look_up": LOOK_UP,
    "api.look_up_many": LOOK_UP,
    "packs.list_packs": LOOK_UP,
    "packs.show_pack": LOOK_UP,
}
"""What each route costs; those that are not named cost nothing, but for what is posted: that is an upload."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one address may ask in a minute without a token; 0 is no limit."""

    uploads: int = 300
    look_ups: int = 1200


class TooManyError(Exception):
    """An address or an institution asked too much; it may come again after so many seconds."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"again in {seconds} s")
        self.seconds = seconds


_UNREAD: Final = frozenset({401, 429, 503})
"""The statuses of requests that are refused before they are read."""


class AtOnceError(Exception):
    """One request asks more than is ever allowed: coming again does not help."""

    def __init__(self, most: int) -> None:
        super().__init__(f"at most {most} at a time")
        self.text = Text(
            f"Mỗi lần gửi được nhiều nhất {most}; hãy chia ra nhiều lần, mỗi lần cách nhau một phút.",
            f"At most {most} can be sent at a time; send them in parts, a minute apart.",
        )


class NoRoomError(Exception):
    """As many uploads are being answered as may be; this one was not read."""


class UnknownTokenError(Exception):
    """A token was given that no institution has."""


class Limits:
    """Counts requests."""

    def __init__(self, allowance: Allowance, tokens: TokenFile) -> None:
        """Count by these allowances."""
        self._tokens = tokens
        self._allowed = {
            kind: (Allowed(most, _MINUTE),) if most else ()
            for kind, most in ((UPLOAD, allowance.uploads), (LOOK_UP, allowance.look_ups))
        }
        self._windows = Windows()

    def check(self, kind: str, cost: int, *, counted: int = 0) -> None:
        """Count `cost` documents or serials of this request, of which some were `counted` before.

        Raises:
            AtOnceError: more than is allowed at any time.
            TooManyError: more than is allowed; nothing was counted.
            UnknownTokenError: the token is nobody's.
            VerifyError: `api-tokens-invalid`.
        """
        institution = self._institution()
        allowed: tuple[Allowed, ...]
        if institution is not None:
            whose = institution.sha256
            allowed = Allowed(institution.per_minute, _MINUTE), Allowed(institution.per_day, _DAY)
        else:
            whose = f"{client_network(request.remote_addr)} {kind}"
            allowed = self._allowed[kind]
        most = min((one.most for one in allowed), default=None)
        if most is not None and counted + cost > most:
            raise AtOnceError(most)
        seconds = self._windows.take(whose, cost, allowed)
        if seconds:
            raise TooManyError(math.ceil(seconds))

    def _institution(self) -> Institution | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        try:
            institution = self._tokens.institution(token.strip()) if scheme.lower() == "bearer" else None
        except OSError as error:
            raise tokens_invalid() from error
        if institution is None:
            raise UnknownTokenError
        return institution


@lru_cache(maxsize=4096)
def client_network(address: str | None) -> str:
    """Return what counts as one address: all of IPv4, and the /64 that one line of IPv6 gets."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "unknown"
    return str(ip_network(f"{parsed}/64", strict=False)) if parsed.version == 6 else str(parsed)


def register_limits(app: Flask, limits: Limits) -> None:
    """Hold every request against them before it is read; what costs more than one is counted by its route: `charge`."""
    room, room_of_large = (threading.BoundedSemaphore(most) for most in (UPLOADS_AT_ONCE, LARGE_AT_ONCE))
    waiting = threading.BoundedSemaphore(WAITING_AT_ONCE)

    @app.before_request
    def _count() -> None:
        kind = _kind()
        if kind == UPLOAD:
            length = request.content_length
            # Of what comes in pieces nobody knows how much it will be.
            is_large = length is None or length > LARGE_BYTES
            g.rooms = _enter((room_of_large, room) if is_large else (room,), waiting)
        if kind and request.endpoint != "api.look_up_many":
            limits.check(kind, 1)
        g.charge = limits.check

    @app.after_request
    def _discard(response: Response) -> Response:
        if response.status_code in _UNREAD:
            _discard_body()
        return response

    @app.teardown_request
    def _leave(_error: BaseException | None) -> None:
        for one in g.pop("rooms", ()):
            one.release()


def _enter(
    rooms: Sequence[threading.BoundedSemaphore], waiting: threading.BoundedSemaphore
) -> Sequence[threading.BoundedSemaphore]:
    """Take a place in each, or in none.

    Raises:
        NoRoomError: one is full.
    """
    for number, one in enumerate(rooms):
        if not _has_place(one, waiting):
            for taken in rooms[:number]:
                taken.release()
            raise NoRoomError
    return rooms


def _has_place(room: threading.BoundedSemaphore, waiting: threading.BoundedSemaphore) -> bool:
    if room.acquire(blocking=False):
        return True
    if not waiting.acquire(blocking=False):
        return False
    try:
        return room.acquire(timeout=PATIENCE_SECONDS)
    finally:
        waiting.release()


def _discard_body() -> None:
    """Read what nobody has read: on a connection that is ended before, the front would lose the answer."""
    request.max_content_length = None
    with suppress(HTTPException, OSError):
        while request.stream.read(1 << 20):
            pass


def _kind() -> str:
    """Return what a request is counted as; nothing where it costs nothing."""
    if request.endpoint == "api.verify_document" and request.mimetype == "application/json":
        return LOOK_UP  # the text of a QR code
    return KINDS.get(request.endpoint or "", UPLOAD if request.method == "POST" else "")


def charge(kind: str, cost: int, *, counted: int = 0) -> None:
    """Count what a route found to cost more than what was `counted` when the request came.

    Raises:
        AtOnceError: more than is allowed at any time.
        TooManyError: more than is allowed now.
    """
    g.charge(kind, cost, counted=counted)


def too_many(seconds: int) -> Text:
    """Say when to come again."""
    return Text(
        f"Đã hỏi quá nhiều trong thời gian ngắn. Hãy thử lại sau {seconds} giây.",
        f"Too many requests in a short time. Try again in {seconds} seconds.",
    )
