"""People in the console: an administrator's pages, of a school's people or of the Sở's; the Sở's also of any school's.

The functions are those of `hocba users`. Nobody changes an account of their own here: rights are another's to give.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from schemas.vietnam_time import VIETNAM
from service.errors import ServiceError
from service.installation import Installation
from service.people.accounts import OF_OFFICE, OPERATOR, Account
from service.people.administering import parse_assignment
from service.people.roles import ROLE_WORDS, Assignment, Role
from service.storage.invitation_mails import InvitationMail
from service.web.console.names import name_key
from service.web.console.people_shown import (
    account_words,
    assignment_lines,
    event_words,
    mail_words,
    role_words,
)
from service.web.language import said, texts
from service.web.policy import Policy, Reach, school_here, signed_in, with_policy
from service.web_addresses import invitation_link


@dataclass(frozen=True, slots=True)
class _Pages:
    """Whose people a set of pages is about: those of one's own place, or those of the school that the address names."""

    rule: str
    prefix: str
    reach: Reach

    @property
    def see(self) -> Policy:
        """Who may look."""
        return Policy(self.reach, frozenset({Role.ADMINISTRATOR}))

    @property
    def give(self) -> Policy:
        """Who may give rights: somebody who has just shown the password, for a stolen session gives none."""
        return Policy(self.reach, frozenset({Role.ADMINISTRATOR}), fresh=True)


_OWN = _Pages("/people", "", Reach.OWN)
_OF_SCHOOL = _Pages("/schools/<school_code>/people", "school_", Reach.NAMED)


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form of an invitation held, to be shown again where it is refused."""

    name: str = ""
    sign_in_name: str = ""
    roles: tuple[str, ...] = ()
    assignments: str = ""


def add_people(console: Blueprint, installation: Installation) -> None:
    """Add the pages."""
    for pages in (_OWN, _OF_SCHOOL):
        _add_list(console, installation, pages)
        _add_changes(console, installation, pages)


def _add_list(console: Blueprint, installation: Installation, pages: _Pages) -> None:
    @console.get(pages.rule, endpoint=f"{pages.prefix}people")
    @with_policy(pages.see)
    def people(**_named: str) -> str:
        """List the people of a school, or of the Sở."""
        accounts = installation.people.accounts(school_here())
        return _page(
            installation,
            "people/list.html",
            accounts=sorted(accounts, key=lambda one: name_key(one.person.name)),
            role_words=role_words,
            account_words=partial(account_words, at=_at(installation)),
        )

    @console.get(f"{pages.rule}/invite", endpoint=f"{pages.prefix}ask_invite")
    @with_policy(pages.give)
    def ask_invite(**_named: str) -> str:
        """Ask whom to invite."""
        return _invite_page(installation, Sent())

    @console.post(f"{pages.rule}/invite", endpoint=f"{pages.prefix}invite")
    @with_policy(pages.give)
    def invite(**_named: str) -> str | tuple[str, int]:
        """Invite somebody: by mail where they sign in with an address, else by a link that is shown once."""
        sent = Sent(
            request.form.get("name", ""),
            request.form.get("sign_in_name", ""),
            tuple(request.form.getlist("role")),
            request.form.get("assignments", ""),
        )
        administration, link = installation.administration, None
        try:
            asked = (school_here(), sent.name, sent.sign_in_name, _roles(), _assignments())
            if installation.inviting.reaches(sent.sign_in_name):
                account = administration.invite_by_mail(*asked, by=signed_in().id)
            else:
                account, code = administration.invite(*asked, by=signed_in().id)
                link = _link(installation, code)
        except ServiceError as error:
            return _invite_page(installation, sent, said(error.text)), 422
        return _person_page(installation, account, link=link)


def _add_changes(console: Blueprint, installation: Installation, pages: _Pages) -> None:
    administration = installation.administration

    def add(name: str, act: Callable[[Account, str], None]) -> None:
        """Add the route of a form that changes an account."""

        @with_policy(pages.give)
        def view(person_id: str, **_named: str) -> Redirect | tuple[str, int]:
            return _changed(installation, person_id, act)

        rule = f"{pages.rule}/<person_id>/{_RULES.get(name, name)}"
        console.add_url_rule(rule, pages.prefix + name, view, methods=["POST"])

    @console.get(f"{pages.rule}/<person_id>", endpoint=f"{pages.prefix}show_person")
    @with_policy(pages.see)
    def show_person(person_id: str, **_named: str) -> str:
        """Show an account and what was done about it."""
        return _person_page(installation, administration.find_id(school_here(), person_id))

    @console.post(f"{pages.rule}/<person_id>/invite", endpoint=f"{pages.prefix}invite_again")
    @with_policy(pages.give)
    def invite_again(person_id: str, **_named: str) -> str:
        """Send another link, or show it, which ends the one before."""
        account = _another(installation, person_id)
        if "mail" in request.form and installation.inviting.reaches(account.sign_in_name):
            administration.mail_again(account, by=signed_in().id)
            return _person_page(installation, account)
        code = administration.invite_again(account, by=signed_in().id)
        return _person_page(installation, account, link=_link(installation, code))

    add("set_roles", lambda one, by: administration.set_roles(one, _roles(), by=by))
    add("set_assignments", lambda one, by: administration.assign(one, _assignments(), by=by))
    add("disable", lambda one, by: administration.set_active(one, active=False, by=by))
    add("enable", lambda one, by: administration.set_active(one, active=True, by=by))
    add("unlock", lambda one, by: administration.unlock(one, by=by))
    add("reset_second_factor", lambda one, by: administration.reset_second_factor(one, by=by))


_RULES = {"set_roles": "roles", "set_assignments": "classes", "reset_second_factor": "reset-second-factor"}
"""What acts are called in an address, where that is another word."""


def people_url(endpoint: str, **values: Any) -> str:
    """Return the address of one of these pages for the people that this request is about."""
    named = (request.view_args or {}).get("school_code")
    if named is None:
        return url_for(f"console.{endpoint}", **values)
    return url_for(f"console.school_{endpoint}", school_code=named, **values)


def _changed(
    installation: Installation, person_id: str, act: Callable[[Account, str], None]
) -> Redirect | tuple[str, int]:
    account = _another(installation, person_id)
    try:
        act(account, signed_in().id)
    except ServiceError as error:
        return _person_page(installation, account, wrong=said(error.text)), 422
    return redirect(people_url("show_person", person_id=person_id), 303)


def _another(installation: Installation, person_id: str) -> Account:
    """Return an account of the school, or of the Sở, that is not of whoever signed in.

    Raises:
        ServiceError: `person-unknown`, `own-account`.
    """
    if person_id == signed_in().id:
        raise ServiceError(
            "own-account",
            "Không ai tự sửa quyền của mình; hãy nhờ người quản trị khác.",
            "Nobody changes their own rights; ask another administrator.",
        )
    return installation.administration.find_id(school_here(), person_id)


def _person_page(
    installation: Installation, account: Account, *, link: str | None = None, wrong: str | None = None
) -> str:
    people, at = installation.people, _at(installation)
    names = {one.person.id: one.person.name for one in people.accounts(account.person.school_code)}
    names |= {OPERATOR: texts()["operator"], signed_in().id: signed_in().name}
    mail: InvitationMail | None = installation.inviting.mails.of(account.person.id)
    return _page(
        installation,
        "people/person.html",
        account=account,
        link=link,
        mail=None if mail is None or link is not None else mail_words(mail),
        by_mail=installation.inviting.reaches(account.sign_in_name),
        wrong=wrong,
        roles=_role_choices(),
        has_classes=account.person.school_code is not None,
        assignments=assignment_lines(account.person),
        is_locked=account.is_locked(at),
        account_words=partial(account_words, at=at),
        events=[
            (
                datetime.fromtimestamp(one.at, VIETNAM),
                # Whoever is of neither is of the Sở, whose names a school is not shown.
                names.get(one.by, texts()["of_office"]),
                event_words(one),
            )
            for one in people.events(account.person.id)
        ],
    )


def _invite_page(installation: Installation, sent: Sent, wrong: str | None = None) -> str:
    return _page(
        installation,
        "people/invite.html",
        sent=sent,
        wrong=wrong,
        roles=_role_choices(),
        has_classes=school_here() is not None,
    )


def _page(installation: Installation, template: str, **values: object) -> str:
    """Return a page; where the Sở looks at a school's people, with its name."""
    here = school_here()
    of_school = None if here == signed_in().school_code else installation.register.school(here or "")[0]
    return render_template(template, people_url=people_url, of_school=of_school, **values)


def _role_choices() -> list[tuple[str, str]]:
    is_office = school_here() is None
    return [(str(role), said(ROLE_WORDS[role])) for role in Role if not is_office or role in OF_OFFICE]


def _roles() -> tuple[Role, ...]:
    known = {str(role) for role in Role}
    return tuple(Role(one) for one in request.form.getlist("role") if one in known)


def _assignments() -> tuple[Assignment, ...]:
    lines = request.form.get("assignments", "").splitlines()
    return tuple(parse_assignment(line.strip()) for line in lines if line.strip())


def _link(installation: Installation, code: str) -> str:
    return invitation_link(installation.settings.console_url or request.host_url, code)


def _at(installation: Installation) -> int:
    return int(installation.now().timestamp())
