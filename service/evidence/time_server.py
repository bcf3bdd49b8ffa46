"""Asks one configured time server how far this clock is off: SNTP (RFC 4330), one question, one answer.

The answer is not authenticated: it can make signing stop, never make a document say another time.
"""

from __future__ import annotations

import datetime as dt
import socket
import struct
from collections.abc import Callable

from service.errors import ServiceError

_PORT = 123
_SECONDS = 3.0
_FROM_1900_TO_1970 = 2_208_988_800
_CLIENT = bytes([0b00_100_011])
"""No leap warning, version 4, a client."""
_SERVER = 4
_UNSYNCHRONISED = 3


def clock_ahead(
    server: str, *, now: Callable[[], dt.datetime], token_bytes: Callable[[int], bytes]
) -> dt.timedelta:
    """Return how far this clock is ahead of the server's; less than zero where it is behind.

    Args:
        server: `HOST` or `HOST:PORT`.
        now: the clock.
        token_bytes: randomness, for an answer that nobody else can have been given.

    Raises:
        ServiceError: `time-server-silent`.
    """
    host, _, port = server.partition(":")
    cookie = token_bytes(8)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(_SECONDS)
            asking.connect((host, int(port or _PORT)))
            asking.send(_CLIENT + bytes(39) + cookie)
            answer = asking.recv(512)
            received = now()
    except (OSError, ValueError, OverflowError) as error:
        raise _silent(server) from error
    if (
        len(answer) < 48
        or answer[24:32] != cookie
        or answer[0] & 7 != _SERVER
        or answer[0] >> 6 == _UNSYNCHRONISED
    ):
        raise _silent(server)
    seconds, fraction = struct.unpack("!II", answer[40:48])
    told = dt.datetime.fromtimestamp(seconds - _FROM_1900_TO_1970 + fraction / 2**32, dt.UTC)
    return received - told


def _silent(server: str) -> ServiceError:
    return ServiceError(
        "time-server-silent",
        f"Máy chủ giờ {server} không trả lời đúng nên không ký. Hãy xem đường mạng, hoặc thiết lập HOCBA_TIME_SERVER.",
        f"The time server {server} gives no proper answer, so nothing is signed. Check the network, or the setting "
        "HOCBA_TIME_SERVER.",
    )
