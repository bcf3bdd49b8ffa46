"""The signers of a school, from keys in files or on tokens: found, checked, unlocked once, and closed with the batch.

Everything that can refuse does so when a school's signers are opened: before a serial is drawn or a document touched.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from keys.awaited_signer import AwaitedSigner
from keys.keyring import DocumentRole, Keyring
from keys.pkcs11_signer import TokenDrawer
from keys.pkcs11_token import AskPIN
from keys.signer import KeysError, Signer
from keys.signer_address import SignerAddress, TokenAddress
from schemas.errors import Text
from schemas.transcript.model import School, Signatory
from schemas.vietnam_time import day_in_vietnam
from service.errors import ServiceError
from service.evidence.revocation_evidence import RevocationEvidence
from service.evidence.time_server import clock_ahead
from service.pdf.panels import principal_panel, seal_panel
from service.reserving import is_signing_needed
from service.settings import Settings
from service.signers.before_signing import (
    SigningRules,
    check_clock,
    check_clock_against_record,
    check_signer,
    expiry_warning,
    roles_of,
    said_of,
)
from service.signing import SchoolSigners
from service.storage.records import Batch
from service.storage.register import Register
from verify.verifier import Verifier


@dataclass(frozen=True, slots=True)
class Operator:
    """Whoever stands by: types PINs, reads warnings. Nobody does where pages and programs ask."""

    ask_pin: AskPIN | None = None
    ask_secret: Callable[[Text], str] | None = None
    """Asks for what a remote service wants to be told; not shown."""
    warn: Callable[[Text], None] = lambda _: None


NOBODY: Final = Operator()


@dataclass(frozen=True, slots=True)
class SignerTools:
    """What opening signers needs; the composition root chooses each."""

    register: Register
    keyring: Keyring
    verifier: Verifier
    settings: Settings
    revocation: RevocationEvidence
    now: Callable[[], dt.datetime]
    token_bytes: Callable[[int], bytes]


class SignerDesk:
    """Opens the signers of schools for one batch; asked again it looks anew who may sign, and asks no PIN twice."""

    def __init__(self, tools: SignerTools, operator: Operator) -> None:
        self._tools = tools
        self._operator = operator
        self._drawer = TokenDrawer()
        self._ahead: dict[str, SchoolSigners] = {}
        self._warned: set[Text] = set()

    def __call__(self, school_code: str) -> SchoolSigners:
        """Return a school's signers, checked and able to sign.

        Raises:
            HocbaError: why the school cannot sign now, and what to do; nothing was signed.
        """
        ahead = self._ahead.pop(school_code, None)
        return ahead or self._open(*self.today(school_code))

    def open_for(self, batch: Batch) -> None:
        """Open the signers that a batch needs; one that has nothing left to sign needs none, and no PIN.

        Raises:
            HocbaError: as `__call__`.
        """
        if is_signing_needed(self._tools.register, batch):
            self._ahead[batch.school_code] = self(batch.school_code)

    def today(self, school_code: str) -> tuple[School, Signatory]:
        """Return a school and who signs for it today.

        Raises:
            ServiceError: `school-unknown`.
        """
        return self._tools.register.signing(school_code, day_in_vietnam(self._tools.now()))

    def close(self) -> None:
        """Log out of the tokens."""
        self._drawer.close()

    def _open(self, school: School, signatory: Signatory) -> SchoolSigners:
        ask_pin = self._operator.ask_pin
        if ask_pin is None and self._needs_a_pin(school, signatory):
            raise ServiceError(
                "pin-needed",
                "Khoá của trường nằm trên thiết bị ký, mà ở đây không nhập được mã PIN. "
                "Hãy cấp bằng lệnh hocba issue trong cửa sổ lệnh của máy cắm thiết bị.",
                "The school's keys are on a token, and no PIN can be typed here. "
                "Issue with the command hocba issue in a terminal of the machine with the token.",
            )
        signers = self.checked(school, signatory)
        if ask_pin is not None:
            self._drawer.unlock(ask_pin)
        person, seal = roles_of(signatory)
        return SchoolSigners(
            signatory=signatory,
            principal=signers[person],
            principal_panel=principal_panel(signatory.name, signatory.title, self._image(school, person)),
            seal=signers[seal],
            seal_panel=seal_panel(school.name, self._image(school, seal)),
        )

    def checked(self, school: School, signatory: Signatory) -> dict[DocumentRole, Signer]:
        """Return a school's signers, checked against the record and the clock, before any PIN; tell of expiry.

        Raises:
            HocbaError: as `service.signers.before_signing`.
        """
        tools = self._tools
        tools.verifier.check_trust()
        tools.verifier.check_record()
        view = tools.verifier.view()
        if view is None:
            raise RuntimeError("a record that was just checked has no view")
        now = tools.now()
        check_clock_against_record(view, now)
        if tools.settings.time_server:
            check_clock(clock_ahead(tools.settings.time_server, now=tools.now, token_bytes=tools.token_bytes))
        rules = SigningRules(
            tools.verifier.trust, view, tools.keyring.folder / "crls", now, tools.revocation.of_path
        )
        signers: dict[DocumentRole, Signer] = {}
        for role in roles_of(signatory):
            try:
                signers[role] = self.find(role, school.code)
                check_signer(signers[role], role, school, signatory, rules)
            except (KeysError, ServiceError) as error:
                raise said_of(role, error) from error
            warning = expiry_warning(signers[role], role, now)
            if warning is not None and warning not in self._warned:
                self._warned.add(warning)
                self._operator.warn(warning)
        return signers

    def find(self, role: DocumentRole, school_code: str, address: SignerAddress | None = None) -> Signer:
        """Return the signer of a role, locked where it is on a token; `address` in place of the configured one.

        Raises:
            KeysError: no such key, or it must not sign.
        """
        keyring = self._tools.keyring
        address = address or keyring.address(role, school_code)
        if address is None:
            return keyring.signer(role, school_code, now=self._tools.now())
        if isinstance(address, TokenAddress):
            return self._drawer.signer(address, keyring.intermediates())
        return AwaitedSigner.of(address)

    def _needs_a_pin(self, school: School, signatory: Signatory) -> bool:
        keyring = self._tools.keyring
        return any(
            isinstance(keyring.address(role, school.code), TokenAddress) for role in roles_of(signatory)
        )

    def _image(self, school: School, role: DocumentRole) -> Path | None:
        path = image_path(self._tools.settings.data, role, school.code)
        return path if path.exists() else None


def image_path(data: Path, role: DocumentRole, school_code: str) -> Path:
    """Return where the image of a signature or seal lies (`service.pdf.signature_image`)."""
    return data / "images" / school_code / f"{role}.png"


@contextmanager
def opened(tools: SignerTools, operator: Operator) -> Iterator[SignerDesk]:
    """Give a desk, and close it whatever happens."""
    desk = SignerDesk(tools, operator)
    try:
        yield desk
    finally:
        desk.close()
