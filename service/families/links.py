"""Links by which a family, or who it chooses, fetches a released document: an address, and a PIN told apart from it.

The address says nothing and opens nothing alone (docs/families.md). Whatever does not open, a link that is unknown,
expired, revoked or locked, or a wrong PIN, is one refusal.
"""

from __future__ import annotations

import base64
import datetime as dt
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from schemas.serial import display_serial, parse_typed_serial
from service.errors import ServiceError
from service.families.pins import NOBODYS, digest_pin, draw_pin, is_pin, typed_pin
from service.storage.family_records import MAX_WRONG_PINS, Link, LinkPurpose, LinkState
from service.storage.records import Issuance, State
from service.storage.register import Register

DEFAULT_DAYS: Final = 30
MAX_DAYS: Final = 365
TOKEN_LENGTH: Final = 22
"""Characters of a token: 128 random bits in Base64url."""
TICKET_LIFETIME: Final = dt.timedelta(minutes=15)
"""How long the page stays open after the right PIN."""


@dataclass(frozen=True, slots=True)
class LinkTools:
    """What making and opening links needs from elsewhere."""

    register: Register
    family_url: str
    """Where families reach this service, from the settings; empty where they do not."""
    now: Callable[[], dt.datetime]
    token_bytes: Callable[[int], bytes]

    def at(self) -> int:
        """Return the present time in seconds."""
        return int(self.now().timestamp())


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A link as whoever made it is told of it, once: neither address nor PIN can be had again."""

    link: Link
    address: str
    pin: str


@dataclass(frozen=True, slots=True)
class SharedDocument:
    """What an opened link shows: its document, and the version in force where it was corrected."""

    link: Link
    issuance: Issuance
    newest: Issuance
    """The document itself where nothing took its place."""

    @property
    def offered(self) -> Issuance | None:
        """The newer version, where the purpose of the link allows it and it was given out."""
        is_newer = self.newest.id != self.issuance.id and self.newest.state is State.RELEASED
        return self.newest if is_newer and self.link.purpose.follows_corrections else None


def make_link(
    tools: LinkTools,
    issuance: Issuance,
    purpose: LinkPurpose,
    *,
    days: int = DEFAULT_DAYS,
    made_by: str | None,
) -> MadeLink:
    """Make a link to a released document, open for some days.

    Raises:
        ServiceError: `family-address-missing`, `not-released`, `link-days-invalid`.
    """
    if not tools.family_url:
        raise ServiceError(
            "family-address-missing",
            "Chưa có địa chỉ cho gia đình; người quản trị hãy đặt HOCBA_FAMILY_URL (docs/families.md).",
            "There is no address for families; the operator sets HOCBA_FAMILY_URL (docs/families.md).",
        )
    if issuance.state is not State.RELEASED:
        raise ServiceError(
            "not-released",
            "Học bạ này chưa phát hành; hãy chạy cấp học bạ cho lớp lần nữa.",
            "This transcript has not been released; issue for the class again.",
        )
    if not 1 <= days <= MAX_DAYS:
        raise ServiceError(
            "link-days-invalid",
            f"Liên kết dùng được từ 1 đến {MAX_DAYS} ngày; hãy chọn lại số ngày.",
            f"A link is open for 1 to {MAX_DAYS} days; choose another number.",
        )
    token = base64.urlsafe_b64encode(tools.token_bytes(16)).decode().rstrip("=")
    pin = draw_pin(tools.token_bytes)
    made_at = tools.now()
    link = Link(
        id=tools.token_bytes(16).hex(),
        school_code=issuance.school_code,
        issuance_id=issuance.id,
        purpose=purpose,
        made_by=made_by,
        made_at=int(made_at.timestamp()),
        expires_at=int((made_at + dt.timedelta(days=days)).timestamp()),
    )
    tools.register.put_link(link, token, digest_pin(pin, token, tools.token_bytes(16)))
    return MadeLink(link, f"{tools.family_url.rstrip('/')}/hoc-ba/{token}", pin)


def open_link(tools: LinkTools, token: str, typed: str) -> Link:
    """Return the link that a token and a PIN open together. The slow digest is computed whatever is asked for.

    Raises:
        ServiceError: `link-refused`, one sentence for every reason.
    """
    found = tools.register.take_try(token, at=tools.at())
    link, kept = found or (None, NOBODYS)
    is_right = is_pin(typed_pin(typed), token, kept)
    if link is None:
        raise _refused()
    tools.register.settle_try(link, is_right=is_right, at=tools.at())
    if not is_right:
        raise _refused()
    return link


def shared_document(tools: LinkTools, link: Link) -> SharedDocument:
    """Return what an opened link shows."""
    issuance = tools.register.issuance(link.school_code, link.issuance_id)
    if issuance is None:
        raise RuntimeError("a link leads to no document")
    return SharedDocument(link, issuance, tools.register.newest_version(issuance))


@dataclass(frozen=True, slots=True)
class Tickets:
    """What a browser keeps for some minutes in the place of the PIN: good for one link while that is open."""

    key: bytes
    tools: LinkTools

    def give(self, link: Link) -> str:
        """Return a ticket for a link that was just opened."""
        until = int((self.tools.now() + TICKET_LIFETIME).timestamp())
        return f"{until}.{self._proof(link, until)}"

    def link_of(self, token: str, ticket: str) -> Link | None:
        """Return the open link of a token where the ticket is good for it now."""
        until, _, proof = ticket.partition(".")
        # Without a ticket the database is not even asked: the page is the same for every token.
        if not (until.isascii() and until.isdigit() and len(until) < 16):
            return None
        link, at = self.tools.register.link_of(token), self.tools.at()
        if link is None:
            return None
        is_good = hmac.compare_digest(proof.encode(), self._proof(link, int(until)).encode())
        return link if is_good and at < int(until) and link.state(at) is LinkState.OPEN else None

    def _proof(self, link: Link, until: int) -> str:
        return hmac.new(self.key, f"hocba/ticket/v1/{link.id}/{until}".encode(), sha256).hexdigest()


def document_of_serial(register: Register, school: str, serial: str) -> Issuance:
    """Return the document of a school that has a serial, as typed.

    Raises:
        SchemaError, ServiceError: `serial-invalid`, `transcript-unknown`.
    """
    issuance = register.issuance_of_serial(school, parse_typed_serial(serial))
    if issuance is None:
        raise ServiceError(
            "transcript-unknown",
            "Trường không có học bạ mang mã này.",
            "The school has no transcript with this serial.",
        )
    return issuance


def link_facts(link: Link, issuance: Issuance, *, at: int) -> dict[str, object]:
    """Return what is told of a link to programs: never its address or PIN."""
    return {
        "id": link.id,
        "serial": display_serial(issuance.serial),
        "purpose": link.purpose.value,
        "state": link.state(at).value,
        "made_by": link.made_by,
        "made_at": link.made_at,
        "expires_at": link.expires_at,
        "revoked_at": link.revoked_at,
        "wrong_pins": link.wrong_pins,
    }


def open_facts(register: Register, school: str, link_id: str) -> list[dict[str, object]]:
    """Return what programs are told of how a link was opened; times are seconds since 1970, UTC."""
    found: list[dict[str, object]] = []
    for one in register.opens(school, link_id):
        fetched = register.issuance(school, one.issuance_id or "")
        serial = None if fetched is None else display_serial(fetched.serial)
        found.append({"at": one.opened_at, "result": one.result.value, "serial": serial})
    return found


def _refused() -> ServiceError:
    return ServiceError(
        "link-refused",
        "Không mở được: mã PIN chưa đúng, hoặc liên kết không có, đã hết hạn, bị thu hồi hay bị khoá vì sai mã PIN "
        f"{MAX_WRONG_PINS} lần. Hãy xem lại mã PIN; nếu vẫn không được, hãy xin nhà trường liên kết mới.",
        "It does not open: the PIN is wrong, or the link does not exist, has expired, was revoked, or is locked after "
        f"{MAX_WRONG_PINS} wrong PINs. Check the PIN; if that does not help, ask the school for a new link.",
    )
