"""Families' requests in the console: what is due next, a form to take one in, and one request with its steps.

The function is that of `hocba request`.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import TypeVar

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from service.errors import ServiceError
from service.families.requests import Received, acknowledge, close, count_requests, receive
from service.families.working_days import ANNOUNCED
from service.installation import Installation
from service.people.roles import Role
from service.storage.family_records import FamilyRequest, RequestChannel, RequestKind
from service.web.language import language
from service.web.policy import WHOLE_SCHOOL, actor, allow
from service.web.words.requests import REQUEST_TEXTS
from verify.web.language import format_moment

_Choice = TypeVar("_Choice", bound=StrEnum)


def add_requests(console: Blueprint, installation: Installation) -> None:
    """Add the pages."""
    register, tools = installation.register, installation.requesting

    @console.get("/requests")
    @allow(*WHOLE_SCHOOL)
    def show_requests(school: str) -> str:
        """List the requests, the next due first, and offer to take one in."""
        today, found = tools.today(), register.family_requests(school)
        return _page(
            "requests.html",
            requests=[(one, _late(one, today)) for one in found],
            counts=count_requests(found, today),
            kinds=list(RequestKind),
            channels=list(RequestChannel),
            today=today.isoformat(),
            once=installation.token_bytes(8).hex(),
        )

    @console.post("/requests")
    @allow(Role.CLERK)
    def receive_request(school: str) -> Redirect:
        """Take one in; the page of it is the receipt."""
        what = Received(
            school_code=school,
            student_code=request.form.get("student", "").strip()[:20],
            kind=_chosen(RequestKind, request.form.get("kind", "")),
            channel=_chosen(RequestChannel, request.form.get("channel", "")),
            note=request.form.get("note", "").replace("\r\n", "\n"),
            received_on=_day(request.form.get("received_on", "")),
            # The form's own: sent twice by a double click, it is one request.
            idempotency_key=f"form/{request.form['form']}/{request.form.get('once', '')[:64]}",
        )
        received = receive(tools, what, by=actor(installation).id)
        return redirect(url_for("console.show_request", request_id=received.id), 303)

    @console.get("/requests/<request_id>")
    @allow(*WHOLE_SCHOOL)
    def show_request(school: str, request_id: str) -> str:
        """Show one with its days and its steps."""
        shown, today = register.family_request(school, request_id), tools.today()
        return _page(
            "request.html",
            shown=shown,
            late=_late(shown, today),
            events=register.request_events(school, request_id),
            names=register.holders(school),
            is_uncertain=shown.due_on.year not in ANNOUNCED,
        )

    @console.post("/requests/<request_id>/acknowledge")
    @allow(Role.CLERK)
    def acknowledge_request(school: str, request_id: str) -> Redirect:
        """Note that the family was told that it came in."""
        acknowledge(tools, school, request_id, by=actor(installation).id)
        return redirect(url_for("console.show_request", request_id=request_id), 303)

    @console.post("/requests/<request_id>/close")
    @allow(Role.CLERK)
    def close_request(school: str, request_id: str) -> Redirect:
        """Note that it was done, or refused and why."""
        refused = request.form.get("reason", "") if request.form.get("outcome") == "refused" else None
        close(tools, school, request_id, refused=refused, by=actor(installation).id)
        return redirect(url_for("console.show_request", request_id=request_id), 303)


def _page(template: str, **values: object) -> str:
    return render_template(
        template,
        r=REQUEST_TEXTS[language()],
        day=lambda day: f"{day:%d/%m/%Y}",
        moment=lambda seconds: format_moment(dt.datetime.fromtimestamp(seconds, dt.UTC)),
        **values,
    )


def _late(one: FamilyRequest, today: dt.date) -> str:
    """Return the key of the word for how a request stands against its days; empty where nothing is to be said."""
    timeliness = one.timeliness(today)
    if timeliness is not None:
        return f"{'open' if one.state.is_open else 'closed'}_{timeliness}"
    return "open_unacknowledged" if one.acknowledged_on is None and one.acknowledged_late(today) else ""


def _chosen(kind: type[_Choice], name: str) -> _Choice:
    if name not in list(kind):
        raise _form_invalid()
    return kind(name)


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError as error:
        raise _form_invalid() from error


def _form_invalid() -> ServiceError:
    return ServiceError(
        "request-form-invalid",
        "Hãy chọn loại yêu cầu, cách tiếp nhận, và ghi ngày đúng dạng.",
        "Choose what is asked for and how it came in, and write the day as the form asks.",
    )
