"""Who may sign in: invited, given roles and classes, disabled, let in again. Each act is an event of the account.

An invitation is a code that is good once, for some days: whoever has it sets the password. A second one for somebody
who is there takes the place of the first, and is how a forgotten password is mended.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from schemas.transcript.parts import is_school_year
from schemas.transcript.subjects import SUBJECTS
from service.errors import ServiceError
from service.people.accounts import Account, check_roles, parse_name, parse_sign_in_name
from service.people.roles import ROLE_WORDS, Assignment, Person, Role
from service.storage.invitation_mails import InvitationMail
from service.storage.people import People
from service.storage.register import Register

INVITATION_TIME: Final = dt.timedelta(days=7)
_MAX_CLASS_NAME: Final = 50


@dataclass(frozen=True, slots=True)
class Administration:
    """What administrators do, here and at the server; `by` is a person's id, or `accounts.OPERATOR`."""

    people: People
    register: Register
    now: Callable[[], dt.datetime]
    token_bytes: Callable[[int], bytes]

    def invite(
        self,
        school: str | None,
        name: str,
        sign_in_name: str,
        roles: Iterable[Role],
        assignments: Sequence[Assignment] = (),
        *,
        by: str,
    ) -> tuple[Account, str]:
        """Add somebody, and return the account and the code of the invitation.

        Raises:
            ServiceError: `school-unknown`, `sign-in-name-taken`, `sign-in-name-invalid`, `name-invalid`, what
                `check_roles` and `check_assignments` raise.
        """
        at, code = self._at(), self._code()
        made = self._account(school, name, sign_in_name, roles, assignments, at)
        account = replace(made, invitation_until=at + int(INVITATION_TIME.total_seconds()))
        self.people.add(account, invitation=invitation_digest(code), by=by)
        return account, code

    def invite_by_mail(
        self,
        school: str | None,
        name: str,
        sign_in_name: str,
        roles: Iterable[Role],
        assignments: Sequence[Assignment] = (),
        *,
        by: str,
    ) -> Account:
        """Add somebody whom a mail is to invite: its link is drawn when it is sent (`service.people.invitation_mail`).

        Raises:
            ServiceError: as `invite`.
        """
        account = self._account(school, name, sign_in_name, roles, assignments, self._at())
        self.people.add(account, invitation=None, by=by, mail=self._mail(account, by))
        return account

    def _account(
        self,
        school: str | None,
        name: str,
        sign_in_name: str,
        roles: Iterable[Role],
        assignments: Sequence[Assignment],
        at: int,
    ) -> Account:
        if school is not None:
            self.register.school(school)
        given = check_roles(school, roles)
        check_assignments(given, assignments)
        return Account(
            person=Person(self.token_bytes(8).hex(), school, parse_name(name), given, tuple(assignments)),
            sign_in_name=parse_sign_in_name(sign_in_name),
            session_id=self._session_id(),
            created_at=at,
        )

    def invite_again(self, account: Account, *, by: str) -> str:
        """Return the code of another invitation, for whoever lost the first one or the password.

        Raises:
            ServiceError: `person-disabled`.
        """
        _check_active(account)
        at, code = self._at(), self._code()
        until = at + int(INVITATION_TIME.total_seconds())
        self.people.invite_again(account.person.id, invitation_digest(code), until, by=by, at=at)
        return code

    def mail_again(self, account: Account, *, by: str) -> None:
        """Have a mail invite somebody again; the invitation before it ends now.

        Raises:
            ServiceError: `person-disabled`.
        """
        _check_active(account)
        mail = self._mail(account, by)
        self.people.invite_again(account.person.id, None, None, by=by, at=mail.asked_at, mail=mail)

    def find(self, school: str | None, sign_in_name: str) -> Account:
        """Return the account of somebody of a school, or of the Sở.

        Raises:
            ServiceError: `person-unknown`.
        """
        account = self.people.account_of_name(parse_sign_in_name(sign_in_name))
        if account is None or account.person.school_code != school:
            raise person_unknown()
        return account

    def find_id(self, school: str | None, person_id: str) -> Account:
        """Return the account of somebody of a school, or of the Sở, by its id.

        Raises:
            ServiceError: `person-unknown`.
        """
        account = self.people.account(person_id)
        if account is None or account.person.school_code != school:
            raise person_unknown()
        return account

    def set_roles(self, account: Account, roles: Iterable[Role], *, by: str) -> None:
        """Give somebody these roles; classes that these roles do not go with are taken away. Sessions end.

        Raises:
            ServiceError: what `check_roles` raises.
        """
        person = account.person
        given = check_roles(person.school_code, roles)
        kept = [one for one in person.assignments if _role_for(one) in given]
        if len(kept) < len(person.assignments):
            self.assign(account, kept, by=by)
        self.people.set_roles(person.id, given, session_id=self._session_id(), by=by, at=self._at())

    def assign(self, account: Account, assignments: Sequence[Assignment], *, by: str) -> None:
        """Give somebody these classes instead of theirs. Sessions end.

        Raises:
            ServiceError: what `check_assignments` raises.
        """
        person = account.person
        check_assignments(person.roles, assignments)
        self.people.set_assignments(
            person.id, assignments, session_id=self._session_id(), by=by, at=self._at()
        )

    def set_active(self, account: Account, *, active: bool, by: str) -> None:
        """Let somebody sign in, or no longer from this moment on."""
        self.people.set_active(
            account.person.id, active=active, session_id=self._session_id(), by=by, at=self._at()
        )

    def unlock(self, account: Account, *, by: str) -> None:
        """Let somebody whose tries failed try again now."""
        self.people.unlock(account.person.id, by=by, at=self._at())

    def reset_second_factor(self, account: Account, *, by: str) -> None:
        """Forget somebody's authenticator: the next sign-in sets another one up. Sessions end."""
        self.people.reset_second_factor(
            account.person.id, session_id=self._session_id(), by=by, at=self._at()
        )

    def _at(self) -> int:
        return int(self.now().timestamp())

    def _mail(self, account: Account, by: str) -> InvitationMail:
        person = account.person
        return InvitationMail(self.token_bytes(8).hex(), person.id, person.school_code, by, self._at())

    def _code(self) -> str:
        return urlsafe_b64encode(self.token_bytes(24)).decode()

    def _session_id(self) -> str:
        return self.token_bytes(32).hex()


def invitation_digest(code: str) -> bytes:
    """Return what is kept of an invitation's code."""
    return sha256(b"hocba/invitation/v1" + code.encode()).digest()


def parse_assignment(typed: str) -> Assignment:
    """Return the class that `YEAR/CLASS/SUBJECT` names, or `YEAR/CLASS` for its homeroom teacher.

    Raises:
        ServiceError: `assignment-invalid`.
    """
    year, _, rest = unicodedata.normalize("NFC", typed).partition("/")
    class_name, _, subject = (part.strip() for part in rest.partition("/"))
    is_class = 0 < len(class_name) <= _MAX_CLASS_NAME and class_name.isprintable()
    if not is_school_year(year) or not is_class or (subject and subject not in SUBJECTS):
        known = ", ".join(SUBJECTS)
        raise ServiceError(
            "assignment-invalid",
            f"Phân công ghi là NĂM_HỌC/LỚP/MÔN, hoặc NĂM_HỌC/LỚP cho chủ nhiệm; các môn: {known}",
            f"An assignment is YEAR/CLASS/SUBJECT, or YEAR/CLASS for the homeroom teacher; subjects: {known}",
        )
    return Assignment(year, class_name, subject or None)


def check_assignments(roles: Iterable[Role], assignments: Iterable[Assignment]) -> None:
    """Refuse a class for somebody who has not the role that goes with it.

    Raises:
        ServiceError: `assignment-without-role`.
    """
    given = frozenset(roles)
    for one in assignments:
        role = _role_for(one)
        if role not in given:
            words = ROLE_WORDS[role]
            raise ServiceError(
                "assignment-without-role",
                f"Muốn phân công lớp {one.class_name} thì người này phải có vai trò {words.vi}.",
                f"To be given class {one.class_name} somebody must have the role: {words.en}.",
            )


def _check_active(account: Account) -> None:
    if not account.active:
        raise ServiceError(
            "person-disabled",
            "Tài khoản này đã ngừng dùng; hãy mở lại trước.",
            "This account is disabled; enable it first.",
        )


def person_unknown() -> ServiceError:
    """Return the refusal of somebody who is not known here."""
    return ServiceError(
        "person-unknown",
        "Không có người này ở đây; hãy xem danh sách: hocba users list",
        "There is nobody of this name here; list them: hocba users list",
    )


def _role_for(assignment: Assignment) -> Role:
    return Role.HOMEROOM_TEACHER if assignment.subject is None else Role.SUBJECT_TEACHER
