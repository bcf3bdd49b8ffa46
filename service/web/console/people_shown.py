"""People in words: roles, classes and how an account stands."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from schemas.transcript.subjects import SUBJECTS
from schemas.vietnam_time import VIETNAM
from service.people.accounts import Account, Event
from service.people.roles import ROLE_WORDS, Assignment, Person, Role
from service.storage.family_records import NoticeState
from service.storage.invitation_mails import DROPPED, InvitationMail
from service.web.language import said, texts


@dataclass(frozen=True, slots=True)
class MailShown:
    """How far a mail of an invitation is, in words."""

    words: str
    is_bad: bool = False


def role_list(person: Person) -> list[str]:
    """Return the roles in words, in the order in which they are explained."""
    return [said(ROLE_WORDS[role]) for role in Role if role in person.roles]


def role_words(person: Person) -> str:
    """Return the roles in words, on one line."""
    return ", ".join(role_list(person))


def assignment_words(one: Assignment) -> str:
    """Return a class in words."""
    what = SUBJECTS[one.subject].name if one.subject else said(ROLE_WORDS[Role.HOMEROOM_TEACHER])
    return f"{one.class_name}, {one.school_year}: {what}"


def assignment_lines(person: Person) -> str:
    """Return the classes as they are typed, one a line."""
    return "\n".join(
        "/".join(part for part in (one.school_year, one.class_name, one.subject) if part)
        for one in person.assignments
    )


def event_words(event: Event) -> str:
    """Return in words what was done about an account: roles and classes after it as they are shown elsewhere."""
    shown = []
    for part in event.detail.split():
        year, _, rest = part.partition("/")
        class_name, _, subject = rest.rpartition("/")
        if rest:
            shown.append(assignment_words(Assignment(year, class_name, None if subject == "-" else subject)))
        else:
            shown.append(said(ROLE_WORDS[Role(part)]))
    said_of = ": " + "; ".join(shown) if shown else ""
    return texts()[f"event_{event.kind}"] + said_of


def account_words(account: Account, at: int) -> str:
    """Return in words how an account stands at a time."""
    if not account.active:
        return texts()["account_disabled"]
    if account.is_locked(at):
        return texts()["account_locked"]
    return texts()["account_invited" if account.password is None else "account_in_use"]


def mail_words(mail: InvitationMail) -> MailShown | None:
    """Return in words how far a mail is; None where there is nothing to say of it."""
    words = texts()
    match mail.state:
        case NoticeState.SENT:
            at = dt.datetime.fromtimestamp(mail.settled_at or mail.asked_at, VIETNAM)
            return MailShown(words["mail_sent"].format(at=f"{at:%d/%m/%Y %H:%M}"))
        case NoticeState.WAITING:
            return MailShown(words["mail_waiting"])
        case _:
            if mail.answer == DROPPED:
                return None
            return MailShown(words["mail_given_up"].format(answer=mail.answer or "–"), is_bad=True)
