"""Schools in the console, for people of the Sở: all of them in numbers, what is to be looked at, and adding one.

Numbers and names of people alone: nothing here, and nothing that it leads to, shows a child or a mark.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from service.errors import ServiceError
from service.installation import Installation
from service.people.roles import Role
from service.school_settings import described_school
from service.storage.family_records import NoticeState
from service.storage.records import ClassCount
from service.storage.school_records import ChangedBy
from service.web.language import said, texts
from service.web.policy import Policy, Reach, who_signed_in, with_policy

_COUNT = Policy(Reach.OFFICE, frozenset({Role.ADMINISTRATOR, Role.INSPECTOR}))
_ADD = Policy(Reach.OFFICE, frozenset({Role.ADMINISTRATOR}), fresh=True)
_LONG = dt.timedelta(hours=24)
_FIELDS = ("code", "name", "commune", "district", "province", "principal")


@dataclass(frozen=True, slots=True)
class YearCount:
    """A school year of a school in numbers."""

    school_year: str
    students: int
    released: int
    started: int
    failed: int


@dataclass(frozen=True, slots=True)
class SchoolLine:
    """A school in the list: how many people use it, its years, and what is to be looked at, in words."""

    code: str
    name: str
    people: int
    years: tuple[YearCount, ...]
    to_mend: tuple[str, ...]


def add_schools(console: Blueprint, installation: Installation) -> None:
    """Add the pages."""

    @console.get("/schools")
    @with_policy(_COUNT)
    def schools() -> str:
        """Show the Sở's people the counts of all schools, and what is to be looked at."""
        return render_template("schools/list.html", schools=list(_lines(installation)))

    @console.get("/schools/add")
    @with_policy(_ADD)
    def ask_school() -> str:
        """Ask for a school."""
        return render_template("schools/add.html", sent={})

    @console.post("/schools/add")
    @with_policy(_ADD)
    def add_school() -> Redirect | tuple[str, int]:
        """Add a school."""
        sent = {name: request.form.get(name, "") for name in _FIELDS}
        by = ChangedBy(who_signed_in(), int(installation.now().timestamp()))
        try:
            school, signatory = described_school(*(sent[name] for name in _FIELDS))
            installation.register.add_school(school, signatory, by=by)
        except ServiceError as error:
            return render_template("schools/add.html", sent=sent, wrong=said(error.text)), 422
        return redirect(url_for("console.school_settings", school_code=school.code), 303)


def _lines(installation: Installation) -> Iterator[SchoolLine]:
    register, staff = installation.register, installation.people.staff()
    late = register.late_counts(since=int((installation.now() - _LONG).timestamp()))
    for school in register.schools():
        years = tuple(_years(register.class_counts(school.code)))
        people = staff.get(school.code, ())
        counts = {
            "mend_failed": sum(one.failed for one in years),
            "mend_waiting": late.get(school.code, 0),
            "mend_given_up": register.notice_counts(school.code)[NoticeState.GIVEN_UP],
        }
        yield SchoolLine(school.code, school.name, len(people), years, tuple(_to_mend(people, counts)))


def _to_mend(people: Sequence[frozenset[Role]], counts: Mapping[str, int]) -> Iterator[str]:
    """Yield in words what somebody should look at; nothing that asks a token or the network."""
    words, roles = texts(), frozenset(role for each in people for role in each)
    if Role.ADMINISTRATOR not in roles:
        yield words["mend_no_administrator"]
    if Role.CLERK not in roles:
        yield words["mend_no_clerk"]
    if not roles & {Role.PRINCIPAL, Role.DEPUTY_PRINCIPAL}:
        yield words["mend_no_leader"]
    yield from (words[key].format(count=count) for key, count in counts.items() if count)


def _years(counts: tuple[ClassCount, ...]) -> Iterator[YearCount]:
    years: dict[str, list[ClassCount]] = {}
    for one in counts:
        years.setdefault(one.school_year, []).append(one)
    for year, each in years.items():
        names = ("students", "released", "started", "failed")
        yield YearCount(year, *(sum(getattr(one, name) for one in each) for name in names))
