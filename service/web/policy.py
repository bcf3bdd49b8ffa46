"""Who may use which page: the one place where tenancy and roles are decided, for every route of the application.

Each route has a policy: its own, said beside its view by `allow` or `allow_office`, or that of its part of the
application. A request to a route without one is refused, and so a page that was forgotten is closed, not open. A view
that `allow` stands above is handed the school of whoever signed in, and reads that school's rows alone.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask_login import current_user
from flask_security.utils import check_and_update_authn_fresh
from werkzeug.wrappers import Response

from schemas.change_trail import Actor, ActorKind
from service.errors import ServiceError
from service.installation import Installation
from service.people.roles import Person, Role
from service.storage.records import Token, token_actor
from service.storage.row_security import limit_to_school
from service.storage.schools import school_unknown
from service.web.words import TEXTS

_P = ParamSpec("_P")
_T = TypeVar("_T")

FRESH: Final = timedelta(minutes=15)
"""How long ago somebody may have shown the password, and the code, where a page asks for it again."""
ATTRIBUTE: Final = "hocba_policy"


class Reach(StrEnum):
    """Whom a route is for."""

    EVERYBODY = "everybody"
    """Public by its nature; what the route itself asks for (a PIN, a link) is its own."""
    ENTRANCE = "entrance"
    """Pages of signing in: for whoever has the form's token."""
    TOKEN = "token"
    """The API: its part of the application asks for a token of a school or of an agent."""
    ANYBODY = "anybody"
    """Whoever signed in."""
    SCHOOL = "school"
    """People of a school, in one of the roles, and that school's rows alone."""
    OFFICE = "office"
    """People of the Sở, in one of the roles."""
    OWN = "own"
    """People of a school or of the Sở in one of the roles, each for their own."""
    NAMED = "named"
    """People of the school that the address names, or of the Sở for whichever it names, in one of the roles."""
    CLOSED = "closed"
    """Nobody: a page of a library that is not used."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may use a route. `fresh` asks for the password again where it was given a while ago."""

    reach: Reach
    roles: frozenset[Role] = frozenset()
    fresh: bool = False
    upload: tuple[int, int] | None = None
    """How many bytes and parts a form may have, where it may have more than those of other pages."""


OF_PARTS: Final[Mapping[str, Policy]] = {
    "api": Policy(Reach.TOKEN),
    "agent": Policy(Reach.TOKEN),
    "record": Policy(Reach.EVERYBODY),
    # It asks for a PIN, and has no session.
    "family": Policy(Reach.EVERYBODY),
    "static": Policy(Reach.EVERYBODY),
    "_openapi": Policy(Reach.EVERYBODY),
}
"""The policies of whole parts of the application, by blueprint, and of routes without a view of ours."""
WHOLE_SCHOOL: Final = frozenset({Role.PRINCIPAL, Role.DEPUTY_PRINCIPAL, Role.CLERK, Role.INSPECTOR})
"""Who sees every class of the school."""
TEACHERS: Final = frozenset({Role.SUBJECT_TEACHER, Role.HOMEROOM_TEACHER})
"""Who see the classes that are theirs."""


def allow(
    *roles: Role, fresh: bool = False, upload: tuple[int, int] | None = None
) -> Callable[[Callable[..., _T]], Callable[..., _T]]:
    """Open a page of a school to these roles, and hand the school's code to its view.

    Where the address names a class (`school_year`, `class_name`), a teacher's must be theirs.
    """

    def decorate(view: Callable[..., _T]) -> Callable[..., _T]:
        @wraps(view)
        def wrapped(*args: Any, **kwargs: Any) -> _T:
            return view(g.school, *args, **kwargs)

        return with_policy(Policy(Reach.SCHOOL, frozenset(roles), fresh, upload))(wrapped)

    return decorate


def allow_named(*roles: Role, fresh: bool = False) -> Callable[[Callable[..., _T]], Callable[..., _T]]:
    """Open a page of the school that its address names (`school_code`), and hand the school's code to its view."""

    def decorate(view: Callable[..., _T]) -> Callable[..., _T]:
        @wraps(view)
        def wrapped(*args: Any, school_code: str, **kwargs: Any) -> _T:
            return view(school_code, *args, **kwargs)

        return with_policy(Policy(Reach.NAMED, frozenset(roles), fresh))(wrapped)

    return decorate


def with_policy(policy: Policy) -> Callable[[Callable[_P, _T]], Callable[_P, _T]]:
    """Say who may use a route whose view needs no school."""

    def decorate(view: Callable[_P, _T]) -> Callable[_P, _T]:
        setattr(view, ATTRIBUTE, policy)
        return view

    return decorate


def policy_of(app: Flask, endpoint: str) -> Policy | None:
    """Return the policy of a route; None where nobody said one."""
    known: Policy | None = getattr(app.view_functions[endpoint], ATTRIBUTE, None)
    if known is not None:
        return known
    parts: Mapping[str, Policy] = app.extensions[ATTRIBUTE]
    return parts.get(endpoint) or parts.get(endpoint.partition(".")[0])


def signed_in() -> Person:
    """Return whoever signed in."""
    person: Person = g.person
    return person


def who_signed_in() -> Actor:
    """Return whoever signed in, of a school or of the Sở, as histories name them."""
    person = signed_in()
    return Actor(ActorKind.PERSON, person.id, person.name)


def school_here() -> str | None:
    """Return the school whose rows this request is about; None for the Sở's own."""
    school: str | None = g.school
    return school


def actor(installation: Installation) -> Token:
    """Return the row under which whoever signed in acts at their school."""
    person = signed_in()
    found = installation.register.actor(person.school_code or "", person.id)
    if found is None:
        raise _forbidden()
    return found


def change_actor(installation: Installation) -> Actor:
    """Return who signed in, as the trail of changes names them."""
    return token_actor(actor(installation))


def sees_class(school_year: str, class_name: str) -> bool:
    """Return whether a class is whoever signed in's to look at."""
    person = signed_in()
    return person.has(*WHOLE_SCHOOL) or _has_class(person, TEACHERS, school_year, class_name)


def check_class(school_year: str, class_name: str, *teachers: Role) -> None:
    """Refuse a class to whoever sees not the whole school, and has it in none of these roles of teachers.

    Raises:
        ServiceError: `role-missing`.
    """
    person = signed_in()
    if not person.has(*WHOLE_SCHOOL) and not _has_class(person, frozenset(teachers), school_year, class_name):
        raise _forbidden()


def may(endpoint: str, **values: str) -> bool:
    """Return whether whoever signed in may open a page: what is closed to them is not offered."""
    policy = policy_of(current_app, endpoint)
    return policy is not None and current_user.is_authenticated and _may(current_user.person, policy, values)


def enforce(app: Flask, installation: Installation, parts: Mapping[str, Policy]) -> None:
    """Hold every request against the policy of its route, before anything of it is read."""
    app.extensions[ATTRIBUTE] = {**OF_PARTS, **parts}

    @app.teardown_request
    def _let_go(_error: BaseException | None) -> None:
        limit_to_school(None)

    @app.before_request
    def _hold() -> Response | None:
        limit_to_school(None)
        endpoint = request.endpoint
        if endpoint is None:
            return None  # there is no such page
        policy = policy_of(app, endpoint)
        if policy is None:
            raise ServiceError(
                "route-without-policy",
                "Trang này chưa được mở cho ai; hãy báo người vận hành.",
                "Nobody was let into this page; tell the operator.",
            )
        if policy.reach is Reach.CLOSED:
            abort(404)
        if policy.reach in {Reach.EVERYBODY, Reach.TOKEN}:
            return None
        _check_form(installation, policy.upload)
        if policy.reach is Reach.ENTRANCE:
            return None
        return _hold_person(installation, policy)


def _hold_person(installation: Installation, policy: Policy) -> Response | None:
    if not current_user.is_authenticated:
        wanted = request.path if request.method == "GET" and request.path != "/" else None
        return redirect(url_for("security.login", next=wanted), 303)
    person: Person = current_user.person
    g.person, g.school = person, person.school_code
    limit_to_school(person.school_code)
    if not _may(person, policy, request.view_args or {}):
        raise _forbidden()
    if policy.reach is Reach.NAMED:
        _hold_school(installation, person, (request.view_args or {})["school_code"])
    if policy.fresh and not check_and_update_authn_fresh(FRESH, timedelta(0), "session"):
        # What was sent is not sent on: the page is asked for again, and the person with it.
        back = (
            request.path if request.method == "GET" or _has_page(request.path) else url_for("console.classes")
        )
        return redirect(url_for("security.verify", next=back), 303)
    return None


def _hold_school(installation: Installation, person: Person, code: str) -> None:
    """Let a request be about the school that its address names, and about its rows alone, the Sở's requests too.

    Raises:
        ServiceError: `school-unknown`: there is none, or it is another's.
    """
    if person.school_code not in {None, code}:
        raise school_unknown(code)
    g.school = code
    limit_to_school(code)
    installation.register.school(code)


def _may(person: Person, policy: Policy, values: Mapping[str, str]) -> bool:
    if policy.reach is Reach.ANYBODY:
        return True
    is_of_school = person.school_code is not None
    if (policy.reach is Reach.SCHOOL and not is_of_school) or (policy.reach is Reach.OFFICE and is_of_school):
        return False
    if not person.has(*policy.roles):
        return False
    if "class_name" not in values or person.has(*(policy.roles - TEACHERS)):
        return True
    # Only a teacher's role opens this page: the class must be theirs, in a role that it is open to.
    return _has_class(person, policy.roles & TEACHERS, values["school_year"], values["class_name"])


def _has_class(person: Person, roles: frozenset[Role], school_year: str, class_name: str) -> bool:
    return any(
        (one.school_year, one.class_name) == (school_year, class_name)
        and (Role.HOMEROOM_TEACHER if one.subject is None else Role.SUBJECT_TEACHER) in roles & person.roles
        for one in person.assignments
    )


def _check_form(installation: Installation, upload: tuple[int, int] | None) -> None:
    """Refuse a form that another site sent: each carries the session's own token.

    Raises:
        ServiceError: `form-stale`.
    """
    if upload is not None:
        # Before the form is read: a school's files together may be larger than what other pages take.
        request.max_content_length, request.max_form_parts = upload
    session.setdefault("form", installation.token_bytes(16).hex())
    sent = request.form.get("form", "") if request.method == "POST" else session["form"]
    if not hmac.compare_digest(sent.encode(), session["form"].encode()):
        raise ServiceError("form-stale", TEXTS["vi"]["form_stale"], TEXTS["en"]["form_stale"])


def _has_page(path: str) -> bool:
    """Whether an address that takes a form is a page as well, to which somebody may be sent back."""
    adapter = current_app.create_url_adapter(request)
    return adapter is not None and adapter.test(path, method="GET")


def _forbidden() -> ServiceError:
    return ServiceError(
        "role-missing",
        "Vai trò của bạn không mở được trang này; hãy hỏi người quản trị của trường.",
        "Your role does not open this page; ask an administrator of your school.",
    )
