"""A school's settings in the console: what is printed of it, who signs, whether families are told, and each change.

For the school's administrators, and for those of the Sở at any school. What is changed here counts for documents that
are reserved afterwards; what is on record stays as it is. What takes a key, a ceremony or the server is only shown.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from keys.keyring import DocumentRole, signer_path
from keys.signer_address import AgentAddress, RemoteAddress, TokenAddress
from schemas.transcript.model import Kind, parse_transcript
from schemas.vietnam_time import VIETNAM, day_in_vietnam
from service.errors import ServiceError
from service.installation import Installation
from service.people.roles import Role
from service.school_settings import (
    DEPUTY_TITLE,
    PRINCIPAL_TITLE,
    parse_delegation,
    parse_principal,
    parse_school,
    parse_signatory,
)
from service.storage.records import Delegation, State
from service.storage.school_records import ChangedBy, SchoolEvent, SchoolFact
from service.web.console.certificates import SignersToday, signers_today
from service.web.language import said, spelled, texts
from service.web.policy import allow_named, who_signed_in


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where the key of a role lies: `file`, `token`, `agent`, `remote`, or `none`."""

    role: DocumentRole
    place: str


def add_school_settings(console: Blueprint, installation: Installation) -> None:
    """Add the pages."""

    @console.get("/schools/<school_code>/settings")
    @allow_named(Role.ADMINISTRATOR, fresh=True)
    def school_settings(school: str) -> str:
        """Show how a school is set up, and what was changed."""
        return _page(installation, school)

    forms = _Forms(installation)
    for name in ("printed", "levels", "principal", "delegation", "end", "notices"):
        _add_form(console, installation, name, getattr(forms, name))


def _add_form(console: Blueprint, installation: Installation, name: str, change: Callable[..., None]) -> None:
    """Add the route of a form of the page; where it is refused, the page is shown with the sentence."""

    @allow_named(Role.ADMINISTRATOR, fresh=True)
    def view(school: str, **values: str) -> Redirect | tuple[str, int]:
        try:
            change(school, **values)
        except ServiceError as error:
            if error.code == "delegation-unknown":
                raise
            return _page(installation, school, wrong=said(error.text), of=name), 422
        return redirect(url_for("console.school_settings", school_code=school) + f"#{name}", 303)

    more = "/<delegation_id>" if name == "end" else ""
    rule = f"/schools/<school_code>/settings/{name}{more}"
    console.add_url_rule(rule, f"set_school_{name}", view, methods=["POST"])


@dataclass(frozen=True, slots=True)
class _Forms:
    """What the forms of the page change, each named after its part of the page."""

    installation: Installation

    def _by(self) -> ChangedBy:
        return ChangedBy(who_signed_in(), int(self.installation.now().timestamp()))

    def printed(self, school: str) -> None:
        """Let documents print the school so."""
        names = ("name", "commune", "district", "province")
        described = parse_school(school, *(request.form.get(one, "") for one in names))
        self.installation.register.describe_school(described, by=self._by())

    def levels(self, school: str) -> None:
        """Say which levels it teaches."""
        chosen = request.form.getlist("level")
        found = [kind for kind in Kind if kind in chosen]
        self.installation.register.set_levels(school, found, by=self._by())

    def principal(self, school: str) -> None:
        """Enter who leads it from a day on."""
        typed = (request.form.get(name, "") for name in ("name", "title", "first_day"))
        self.installation.register.put_principal(parse_principal(school, *typed), by=self._by())

    def delegation(self, school: str) -> None:
        """Enter a delegation."""
        name, title, decision, first, last = (
            request.form.get(one, "") for one in ("name", "title", "decision", "first_day", "last_day")
        )
        new_id = self.installation.token_bytes(8).hex()
        deputy = parse_signatory(name, title)
        found = parse_delegation(school, deputy, decision, (first, last), new_id=new_id)
        self.installation.register.put_delegation(found, by=self._by())

    def end(self, school: str, delegation_id: str) -> None:
        """End a delegation today."""
        today = day_in_vietnam(self.installation.now())
        self.installation.register.end_delegation(school, delegation_id, day=today, by=self._by())

    def notices(self, school: str) -> None:
        """Say whether families are told."""
        told = "told" in request.form
        self.installation.register.set_notices(school, told=told, by=self._by())


def _page(installation: Installation, code: str, *, wrong: str | None = None, of: str | None = None) -> str:
    register, today = installation.register, day_in_vietnam(installation.now())
    school, _ = register.school(code)
    principals = register.principals(code)
    leads = register.principal_on(code, today)
    signing: SignersToday = signers_today(installation, code)
    return render_template(
        "schools/settings.html",
        of_school=school,
        wrong=wrong,
        wrong_of=of,
        sent=request.form if wrong else {},
        levels=register.levels(code),
        kinds=list(Kind),
        principals=principals[::-1],
        leads=leads,
        principal_title=PRINCIPAL_TITLE,
        deputy_title=DEPUTY_TITLE,
        delegations=[(one, _state(one, today)) for one in register.delegations(code)[::-1]],
        others=_on_the_way(installation, code, signing.signatory.name),
        today=signing,
        zone=VIETNAM,
        key_places=[KeyPlace(role, _place(installation, role, code)) for role in DocumentRole],
        told=register.tells_families(code),
        has_mail=installation.noticing.server is not None,
        settings=installation.settings,
        spelled=spelled,
        events=[_line(one) for one in register.school_events(code)],
        day=lambda one: f"{one:%d/%m/%Y}",
    )


def _state(one: Delegation, today: dt.date) -> str:
    if one.covers(today):
        return "now"
    return "later" if today < one.first_day and one.first_day <= one.last_in_force else "over"


def _on_the_way(installation: Installation, school: str, signs: str) -> list[tuple[str, int]]:
    """Return how many documents are reserved and not signed in the name of somebody who does not sign today."""
    reserved = (one for one in installation.register.unfinished(school) if one.state is State.RESERVED)
    names = Counter(parse_transcript(one.data).signatory.name for one in reserved)
    return [(name, count) for name, count in names.most_common() if name != signs]


def _place(installation: Installation, role: DocumentRole, school: str) -> str:
    match installation.keyring.address(role, school):
        case TokenAddress():
            return "token"
        case AgentAddress():
            return "agent"
        case RemoteAddress():
            return "remote"
        case _:
            is_here = signer_path(installation.keyring.folder, role, school).exists()
            return "file" if is_here else "none"


def _line(event: SchoolEvent) -> tuple[str, str, str, str, str]:
    """Return a change as the page shows it: when, who, what, before, after."""
    at = dt.datetime.fromtimestamp(event.at, VIETNAM)
    before, after = (_value(event.fact, one) for one in (event.before, event.after))
    return f"{at:%d/%m/%Y %H:%M}", event.actor.name, texts()[f"fact_{event.fact}"], before, after


def _value(fact: SchoolFact, value: str | None) -> str:
    if value is None:
        return "–"
    if fact is SchoolFact.LEVELS:
        return ", ".join(texts()[f"level_{one}"] for one in value.split())
    return texts()[f"told_{value}"] if fact is SchoolFact.NOTICES else value
