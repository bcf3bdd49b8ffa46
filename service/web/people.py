"""People in the console: an administrator's pages, of a school's people or of the Sở's; and the counts of all schools.

The functions are those of `hocba users`. Nobody changes an account of their own here: rights are another's to give.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from schemas.vietnam_time import VIETNAM
from service.errors import ServiceError
from service.installation import Installation
from service.people.accounts import OF_OFFICE, OPERATOR, Account
from service.people.administering import parse_assignment
from service.people.roles import ROLE_WORDS, Assignment, Role
from service.storage.records import ClassCount
from service.web.language import said, texts
from service.web.names import name_key
from service.web.people_shown import account_words, assignment_lines, event_words, role_words
from service.web.policy import Policy, Reach, signed_in, with_policy
from service.web_addresses import invitation_link

_ADMINISTER = Policy(Reach.OWN, frozenset({Role.ADMINISTRATOR}))
_GIVE = Policy(Reach.OWN, frozenset({Role.ADMINISTRATOR}), fresh=True)
"""Rights are given by somebody who has just shown the password: a stolen session gives none."""
_COUNT = Policy(Reach.OFFICE, frozenset({Role.ADMINISTRATOR, Role.INSPECTOR}))


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form of an invitation held, to be shown again where it is refused."""

    name: str = ""
    sign_in_name: str = ""
    roles: tuple[str, ...] = ()
    assignments: str = ""


@dataclass(frozen=True, slots=True)
class SchoolCount:
    """A school year of a school in numbers, without a name of anybody."""

    name: str
    school_year: str
    students: int
    released: int
    started: int
    failed: int


def add_people(console: Blueprint, installation: Installation) -> None:
    """Add the pages."""
    _add_list(console, installation)
    _add_changes(console, installation)


def _add_list(console: Blueprint, installation: Installation) -> None:
    @console.get("/people")
    @with_policy(_ADMINISTER)
    def people() -> str:
        """List the people of the administrator's school, or of the Sở."""
        return render_template(
            "people/list.html",
            accounts=sorted(
                installation.people.accounts(signed_in().school_code),
                key=lambda one: name_key(one.person.name),
            ),
            role_words=role_words,
            account_words=partial(account_words, at=_at(installation)),
        )

    @console.get("/people/invite")
    @with_policy(_GIVE)
    def ask_invite() -> str:
        """Ask whom to invite."""
        return _invite_page(Sent())

    @console.post("/people/invite")
    @with_policy(_GIVE)
    def invite() -> str | tuple[str, int]:
        """Invite somebody, and show the link, once."""
        sent = Sent(
            request.form.get("name", ""),
            request.form.get("sign_in_name", ""),
            tuple(request.form.getlist("role")),
            request.form.get("assignments", ""),
        )
        person = signed_in()
        try:
            account, code = installation.administration.invite(
                person.school_code,
                sent.name,
                sent.sign_in_name,
                _roles(),
                _assignments(),
                by=person.id,
            )
        except ServiceError as error:
            return _invite_page(sent, said(error.text)), 422
        return _person_page(installation, account, link=_link(installation, code))

    @console.get("/schools")
    @with_policy(_COUNT)
    def schools() -> str:
        """Show the Sở's people the counts of all schools."""
        found = [
            one
            for school in installation.register.schools()
            for one in _counts(school.name, installation.register.class_counts(school.code))
        ]
        return render_template("people/schools.html", schools=found)


def _add_changes(console: Blueprint, installation: Installation) -> None:
    administration = installation.administration

    @console.get("/people/<person_id>")
    @with_policy(_ADMINISTER)
    def show_person(person_id: str) -> str:
        """Show an account and what was done about it."""
        return _person_page(installation, administration.find_id(signed_in().school_code, person_id))

    @console.post("/people/<person_id>/roles")
    @with_policy(_GIVE)
    def set_roles(person_id: str) -> Redirect | tuple[str, int]:
        """Give somebody these roles; their sessions end."""
        return _changed(
            installation, person_id, lambda one, by: administration.set_roles(one, _roles(), by=by)
        )

    @console.post("/people/<person_id>/classes")
    @with_policy(_GIVE)
    def set_assignments(person_id: str) -> Redirect | tuple[str, int]:
        """Give somebody these classes; their sessions end."""
        return _changed(
            installation, person_id, lambda one, by: administration.assign(one, _assignments(), by=by)
        )

    @console.post("/people/<person_id>/invite")
    @with_policy(_GIVE)
    def invite_again(person_id: str) -> str:
        """Show another link, which ends the one before."""
        account = _another(installation, person_id)
        code = administration.invite_again(account, by=signed_in().id)
        return _person_page(installation, account, link=_link(installation, code))

    acts: dict[str, Callable[[Account, str], None]] = {
        "disable": lambda one, by: administration.set_active(one, active=False, by=by),
        "enable": lambda one, by: administration.set_active(one, active=True, by=by),
        "unlock": lambda one, by: administration.unlock(one, by=by),
        "reset_second_factor": lambda one, by: administration.reset_second_factor(one, by=by),
    }
    for name, act in acts.items():
        view = with_policy(_GIVE)(partial(_changed, installation, act=act))
        rule = f"/people/<person_id>/{name.replace('_', '-')}"
        console.add_url_rule(rule, name, view, methods=["POST"])


def _changed(
    installation: Installation, person_id: str, act: Callable[[Account, str], None]
) -> Redirect | tuple[str, int]:
    account = _another(installation, person_id)
    try:
        act(account, signed_in().id)
    except ServiceError as error:
        return _person_page(installation, account, wrong=said(error.text)), 422
    return redirect(url_for("console.show_person", person_id=person_id), 303)


def _another(installation: Installation, person_id: str) -> Account:
    """Return an account of the administrator's own school that is not the administrator's own.

    Raises:
        ServiceError: `person-unknown`, `own-account`.
    """
    if person_id == signed_in().id:
        raise ServiceError(
            "own-account",
            "Không ai tự sửa quyền của mình; hãy nhờ người quản trị khác.",
            "Nobody changes their own rights; ask another administrator.",
        )
    return installation.administration.find_id(signed_in().school_code, person_id)


def _person_page(
    installation: Installation, account: Account, *, link: str | None = None, wrong: str | None = None
) -> str:
    people, at = installation.people, _at(installation)
    names = {one.person.id: one.person.name for one in people.accounts(account.person.school_code)}
    names[OPERATOR] = texts()["operator"]
    return render_template(
        "people/person.html",
        account=account,
        link=link,
        wrong=wrong,
        roles=_role_choices(),
        has_classes=account.person.school_code is not None,
        assignments=assignment_lines(account.person),
        is_locked=account.is_locked(at),
        account_words=partial(account_words, at=at),
        events=[
            (datetime.fromtimestamp(one.at, VIETNAM), names.get(one.by, one.by), event_words(one))
            for one in people.events(account.person.id)
        ],
    )


def _invite_page(sent: Sent, wrong: str | None = None) -> str:
    return render_template(
        "people/invite.html",
        sent=sent,
        wrong=wrong,
        roles=_role_choices(),
        has_classes=signed_in().school_code is not None,
    )


def _role_choices() -> list[tuple[str, str]]:
    is_office = signed_in().school_code is None
    return [(str(role), said(ROLE_WORDS[role])) for role in Role if not is_office or role in OF_OFFICE]


def _roles() -> tuple[Role, ...]:
    known = {str(role) for role in Role}
    return tuple(Role(one) for one in request.form.getlist("role") if one in known)


def _assignments() -> tuple[Assignment, ...]:
    lines = request.form.get("assignments", "").splitlines()
    return tuple(parse_assignment(line.strip()) for line in lines if line.strip())


def _link(installation: Installation, code: str) -> str:
    return invitation_link(installation.settings.console_url or request.host_url, code)


def _counts(name: str, counts: tuple[ClassCount, ...]) -> list[SchoolCount]:
    years: dict[str, list[ClassCount]] = {}
    for one in counts:
        years.setdefault(one.school_year, []).append(one)
    return [
        SchoolCount(
            name,
            year,
            *(
                sum(getattr(one, what) for one in each)
                for what in ("students", "released", "started", "failed")
            ),
        )
        for year, each in years.items()
    ]


def _at(installation: Installation) -> int:
    return int(installation.now().timestamp())
