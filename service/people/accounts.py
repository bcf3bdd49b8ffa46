"""An account: what the service keeps of somebody who may sign in, beside the person as the rest of it sees them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from schemas.letters import strange_letter
from service.errors import ServiceError
from service.people.roles import Person, Role

OPERATOR: Final = "operator"
"""Who acts where nobody signed in: whoever has a shell at the server."""
_SIGN_IN_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,98}[a-z0-9]")
OF_OFFICE: Final = frozenset({Role.ADMINISTRATOR, Role.INSPECTOR})
"""What somebody may be at the Sở."""
_MAX_NAME: Final = 100


class EventKind(StrEnum):
    """What may be done about an account."""

    INVITED = "invited"
    MAILED = "mailed"
    """A mail server took the invitation over."""
    JOINED = "joined"
    """The invitation was used: a password was set."""
    PASSWORD = "password"
    ROLES = "roles"
    ASSIGNMENTS = "assignments"
    DISABLED = "disabled"
    ENABLED = "enabled"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    SECOND_FACTOR = "second-factor"
    RECOVERY_CODES = "recovery-codes"
    RECOVERY_CODE_USED = "recovery-code-used"
    RESET = "second-factor-reset"


@dataclass(frozen=True, slots=True)
class Event:
    """What was done about somebody's account: when, by whom (a person's id, or `OPERATOR`), and the state after it."""

    at: int
    by: str
    kind: EventKind
    detail: str


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody's account. Times are in seconds; nothing here is in the clear that opens it."""

    person: Person
    sign_in_name: str
    session_id: str
    """Stands in each session of the person; a new one ends them all."""
    created_at: int
    active: bool = True
    password: str | None = None
    """Argon2id, encoded; None until the invitation is used."""
    second_factor: str | None = None
    """The secret of the authenticator, encrypted."""
    second_factor_counter: int | None = None
    """The last time step that a code was taken for: no code is taken twice."""
    recovery_codes: tuple[str, ...] = ()
    """Encrypted; each is good once."""
    invitation_until: int | None = None
    failed_tries: int = 0
    locked_until: int | None = None

    def is_locked(self, at: int) -> bool:
        """Return whether too many tries failed a short while ago."""
        return self.locked_until is not None and at < self.locked_until


def parse_sign_in_name(typed: str) -> str:
    """Return the one spelling of an e-mail address or a name to sign in with.

    Raises:
        ServiceError: `sign-in-name-invalid`.
    """
    name = unicodedata.normalize("NFC", typed).strip().casefold()
    if not _SIGN_IN_NAME.fullmatch(name):
        raise ServiceError(
            "sign-in-name-invalid",
            "Tên đăng nhập là thư điện tử, hoặc từ 3 đến 100 chữ không dấu, số và . _ - +; hãy sửa rồi thử lại.",
            "A sign-in name is an e-mail address, or 3 to 100 plain letters, digits and . _ - +; mend it and retry.",
        )
    return name


def parse_name(typed: str) -> str:
    """Return somebody's name in one spelling.

    Raises:
        ServiceError: `name-invalid`, `text-strange-letter`.
    """
    name = " ".join(unicodedata.normalize("NFC", typed).split())
    strange = strange_letter(name)
    if strange is not None:
        raise ServiceError("text-strange-letter", strange.vi, strange.en)
    if not name or len(name) > _MAX_NAME or not name.isprintable():
        raise ServiceError(
            "name-invalid",
            f"Hãy ghi họ và tên, không quá {_MAX_NAME} chữ.",
            f"Give the full name, {_MAX_NAME} characters at most.",
        )
    return name


def check_roles(school_code: str | None, roles: Iterable[Role]) -> frozenset[Role]:
    """Return the roles, where somebody of a school, or of the Sở, may have these together.

    Raises:
        ServiceError: `roles-missing`, `role-not-of-office`, `roles-conflict`.
    """
    found = frozenset(roles)
    if not found:
        raise ServiceError(
            "roles-missing",
            "Hãy chọn ít nhất một vai trò.",
            "Choose one role at least.",
        )
    if school_code is None and found - OF_OFFICE:
        raise ServiceError(
            "role-not-of-office",
            "Người của Sở chỉ có thể là quản trị hoặc kiểm tra; các vai trò khác thuộc một trường.",
            "People of the office are administrators or inspectors; the other roles belong to a school.",
        )
    # Whoever gives rights may not use them, and whoever checks may change nothing.
    alone = found & OF_OFFICE
    if alone and len(found) > 1:
        raise ServiceError(
            "roles-conflict",
            "Quản trị và kiểm tra không kiêm vai trò khác; hãy mời người khác.",
            "Administrators and inspectors have no other role; invite somebody else.",
        )
    return found
