"""The server as the agent asks it: HTTPS, limits, patience with a broken line, refusals as sentences.

Every question but the pairing may be asked again: the server acknowledges twice and does nothing twice.
"""

from __future__ import annotations

import base64
import http.client
import ipaddress
import json
import re
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from keys.agent.prepared import Item, Listed
from keys.agent.refusals import AgentError, LineError, printable

MAX_ANSWER = 8_000_000
_API = "/api/v1/agent"
_TIMEOUT = 120.0
_PAUSES = (1, 2, 4, 8, 15, 30, 30, 30)
"""Seconds before each further try; then the person is told, and everything that was done is kept."""
_AWAY = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is."""

    host: str
    port: int
    prefix: str
    is_tls: bool

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read an address: https, or http on this very machine.

        Raises:
            AgentError: `agent-address-invalid`.
        """
        with suppress(ValueError):
            parts = urlsplit(text)
            host = parts.hostname or ""
            is_tls = parts.scheme == "https"
            is_sound = host and not (parts.username or parts.password or parts.query or parts.fragment)
            if is_sound and (is_tls or (parts.scheme == "http" and _is_loopback(host))):
                return cls(host, parts.port or (443 if is_tls else 80), parts.path.rstrip("/"), is_tls)
        raise AgentError(
            "agent-address-invalid",
            "Địa chỉ máy chủ phải có dạng https://MÁY (http chỉ dùng trong chính máy này).",
            "The server's address must be of the form https://HOST (http only on this very machine).",
        )


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits at the school, and the certificates by which it signs at its office."""

    school_code: str
    school_name: str
    documents: tuple[Listed, ...]
    certificates: frozenset[str]


@dataclass(frozen=True, slots=True)
class Claimed:
    """What was handed out, and which documents wait for a key that is elsewhere."""

    items: list[Item]
    others: frozenset[str]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the server got with what was brought."""

    released: int
    waiting: int
    failed: int
    left: int
    standing: int
    """Signed in full, and released when their window ends, or when the school says so."""


class Server:
    """One server, asked with the agent's token."""

    def __init__(
        self,
        address: Address,
        token: str | None,
        *,
        sleep: Callable[[float], None],
        say_away: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._address = address
        self._token = token
        self._sleep = sleep
        self._say_away = say_away
        self._connection: http.client.HTTPConnection | None = None

    def pair(self, code: str) -> Mapping[str, Any]:
        """Exchange a pairing code for a token; asked once, since the code is good once.

        Raises:
            AgentError: the server refuses, or cannot be reached.
        """
        answer = self._json(self._ask_once("POST", "/pairings", {"code": code}))
        _text(answer, "token")
        return answer

    def waiting(self) -> Waiting:
        """Return what waits.

        Raises:
            AgentError: the server refuses, or stays away.
        """
        answer = self._json(self._ask("GET", "/waiting"))
        try:
            documents = tuple(
                Listed(
                    document=_named(one["document"], 32),
                    field=str(one["field"]),
                    school_year=printable(one["school_year"]),
                    class_name=printable(one["class_name"]),
                    student_code=printable(one["student_code"]),
                    full_name=printable(one["full_name"]),
                )
                for one in answer["waiting"]
            )
            school = answer["school"]
            return Waiting(
                printable(school["code"]),
                printable(school["name"]),
                documents,
                frozenset(str(one) for one in answer["certificates"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise _not_ours() from error

    def claim(self, documents: Sequence[str], certificates: Sequence[str]) -> Claimed:
        """Have documents handed out, as far as they wait for one of these certificates and nobody else has them.

        Raises:
            AgentError: as `waiting`.
        """
        body = {"documents": list(documents), "certificates": list(certificates)}
        answer = self._json(self._ask("POST", "/claims", body))
        try:
            items = [
                Item(
                    document=_named(one["document"], 32),
                    item=_named(one["item"], 64),
                    field=str(one["field"]),
                    algorithm=str(one["algorithm"]),
                    certificate=_named(one["certificate"], 64),
                    signed_attributes=base64.b64decode(one["signed_attributes"], validate=True),
                )
                for one in answer["items"]
                if one["document"] in documents
            ]
            return Claimed(items, frozenset(answer["others"]) & frozenset(documents))
        except (KeyError, TypeError, ValueError) as error:
            raise _not_ours() from error

    def prepared(self, item: Item) -> bytes:
        """Return the file of an item.

        Raises:
            AgentError: as `waiting`.
        """
        return self._ask("GET", _path(item))

    def bring(self, document: str, item: str, signature: bytes) -> None:
        """Hand in a signature value; when this returns it is on the server's disk.

        Raises:
            AgentError: as `waiting`.
        """
        body = {"signature": base64.b64encode(signature).decode()}
        self._ask("POST", f"/documents/{document}/items/{item}/signature", body)

    def go_on(self) -> Progress:
        """Have the server go on with what was brought.

        Raises:
            AgentError: as `waiting`.
        """
        answer = self._json(self._ask("POST", "/continue", {}))
        try:
            released, waiting, failed, left = (
                int(answer[name]) for name in ("released", "waiting", "failed", "left")
            )
            # A server of before there were windows does not say how many stand.
            return Progress(released, waiting, failed, left, int(answer.get("signed", 0)))
        except (KeyError, TypeError, ValueError) as error:
            raise _not_ours() from error

    def _ask(self, method: str, path: str, body: object = None) -> bytes:
        for pause in _PAUSES:
            try:
                return self._ask_once(method, path, body)
            except LineError:
                self._say_away(pause)
                self._sleep(pause)
        return self._ask_once(method, path, body)

    def _ask_once(self, method: str, path: str, body: object = None) -> bytes:
        headers = {"Accept": "application/json", "User-Agent": "hocba-agent"}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        try:
            content, status = self._exchange(method, path, data, headers)
        except ssl.SSLCertVerificationError as error:
            self._hang_up()
            raise AgentError(
                "agent-server-untrusted",
                f"Máy chủ {self._address.host} không chứng minh được mình là ai (chứng thư TLS). Không gửi gì. "
                "Hãy hỏi quản trị viên.",
                f"The server {self._address.host} cannot prove who it is (TLS certificate). Nothing was sent. "
                "Ask the operator.",
            ) from error
        except (OSError, http.client.HTTPException) as error:
            self._hang_up()
            raise _line_down(self._address) from error
        if len(content) > MAX_ANSWER:
            self._hang_up()
            raise _not_ours()
        if status in _AWAY:
            raise _line_down(self._address)
        if status != 200:
            raise self._refusal(content)
        return content

    def _exchange(
        self, method: str, path: str, data: bytes | None, headers: Mapping[str, str]
    ) -> tuple[bytes, int]:
        """Send a request and read its answer; on a connection that has grown old meanwhile, once more on a new one."""
        is_old = self._connection is not None
        try:
            connection = self._connection or self._connect()
            self._connection = connection
            connection.request(method, self._address.prefix + _API + path, data, headers)
            answer = connection.getresponse()
            return answer.read(MAX_ANSWER + 1), answer.status
        except (ConnectionError, http.client.BadStatusLine):
            self._hang_up()
            if not is_old:
                raise
        return self._exchange(method, path, data, headers)

    def _connect(self) -> http.client.HTTPConnection:
        where = self._address
        if where.is_tls:
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(where.host, where.port, timeout=_TIMEOUT, context=context)
        return http.client.HTTPConnection(where.host, where.port, timeout=_TIMEOUT)

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _refusal(self, content: bytes) -> AgentError:
        try:
            said = json.loads(content)
            return AgentError(printable(said["code"]), printable(said["vi"]), printable(said["en"]))
        except (ValueError, KeyError, TypeError, RecursionError):
            return _not_ours()

    @staticmethod
    def _json(content: bytes) -> Mapping[str, Any]:
        try:
            said = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise _not_ours() from error
        if not isinstance(said, dict):
            raise _not_ours()
        return said


def _path(item: Item) -> str:
    return f"/documents/{item.document}/items/{item.item}"


def _text(answer: Mapping[str, Any], name: str) -> str:
    if not isinstance(answer.get(name), str):
        raise _not_ours()
    return str(answer[name])


def _named(said: object, digits: int) -> str:
    """Return a name in hexadecimal; it becomes part of an address."""
    if isinstance(said, str) and len(said) == digits and re.fullmatch(r"[0-9a-f]+", said):
        return said
    raise ValueError("no such name")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _line_down(address: Address) -> LineError:
    return LineError(
        "agent-line-down",
        f"Không liên lạc được với máy chủ {address.host}. Chữ ký đã tạo vẫn còn; hãy xem mạng rồi chạy lại.",
        f"The server {address.host} cannot be reached. The signatures made are kept; check the line, then run again.",
    )


def _not_ours() -> AgentError:
    return AgentError(
        "agent-answer-malformed",
        "Máy chủ trả lời không đúng dạng. Hãy xem lại địa chỉ, rồi báo quản trị viên.",
        "The server's answer is malformed. Check the address, then tell the operator.",
    )
