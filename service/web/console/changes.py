"""Revoking and correcting in the console: one person asks, another looks at what would change and confirms.

The functions are those of `hocba revoke` and `hocba correct`. Each request carries a key that its form was given, so
that a form sent twice is one request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from schemas.errors import Text
from schemas.serial import display_serial
from schemas.transcript.model import parse_transcript
from schemas.vietnam_time import VIETNAM
from service.correcting import request_correction, row_of, withdraw_correction
from service.errors import ServiceError
from service.importing.complaints import Complaint, repeated
from service.importing.preview import Difference, preview
from service.importing.reader import MAX_WORKBOOK_BYTES
from service.installation import Installation
from service.people.roles import Role
from service.revoking import CLASSES, confirm_revocation, request_revocation, withdraw_revocation
from service.storage.records import Change, ChangeKind, ChangeState, Issuance, State
from service.web.policy import actor, allow, signed_in
from service.web.words import TEXTS

_MAY_ASK = (Role.CLERK, Role.PRINCIPAL, Role.DEPUTY_PRINCIPAL)
_MAY_CONFIRM = (Role.PRINCIPAL, Role.DEPUTY_PRINCIPAL)
_MAY_LOOK = (*_MAY_ASK, Role.INSPECTOR)
_OPEN = (ChangeState.REQUESTED, ChangeState.CONFIRMED)
_KEY: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Line:
    """A request as it is shown."""

    change: Change
    student: str
    serial: str
    asked_by: str
    asked_at: datetime
    ended_by: str | None
    """Who confirmed or withdrew it."""
    differences: tuple[Difference, ...]
    """Of a correction that is open: what it changes."""
    failure: Text | None
    """Why the corrected document stands still, where it does."""


def add_change_pages(console: Blueprint, installation: Installation) -> None:
    """Add the pages."""
    _add_asking(console, installation)
    _add_deciding(console, installation)


def _add_deciding(console: Blueprint, installation: Installation) -> None:
    register = installation.register

    @console.get("/changes")
    @allow(*_MAY_LOOK)
    def show_changes(school: str) -> str:
        """List the school's requests to revoke or to correct, those that wait for somebody first."""
        holders = register.holders(school)
        lines = [_line(installation, one, holders) for one in register.changes(school)]
        lines.sort(key=lambda line: line.change.state not in _OPEN)
        return render_template("changes.html", lines=lines, open_states=_OPEN)

    @console.post("/changes/<change_id>/confirm")
    @allow(*_MAY_CONFIRM, fresh=True)
    def confirm_change(school: str, change_id: str) -> Redirect:
        """Confirm somebody else's request, and do what it asks for; again, to finish what was left."""
        change = _change(installation, school, change_id)
        if change.kind is ChangeKind.REVOCATION:
            confirm_revocation(installation.revoking, actor(installation), change_id)
        else:
            installation.confirm_correction(actor(installation), change_id)
        return redirect(url_for("console.show_changes"), 303)

    @console.post("/changes/<change_id>/withdraw")
    @allow(*_MAY_ASK)
    def withdraw_change(school: str, change_id: str) -> Redirect:
        """Take a request back."""
        change = _change(installation, school, change_id)
        if change.kind is ChangeKind.REVOCATION:
            withdraw_revocation(installation.revoking, actor(installation), change_id)
        else:
            with installation.correcting() as tools:
                withdraw_correction(tools, actor(installation), change_id)
        return redirect(url_for("console.show_changes"), 303)


def _add_asking(console: Blueprint, installation: Installation) -> None:
    @console.get("/transcripts/<issuance_id>/changes")
    @allow(*_MAY_LOOK)
    def ask_change(school: str, issuance_id: str) -> str:
        """Show what was asked about a transcript, and the forms to ask."""
        return _page(installation, _released(installation, school, issuance_id))

    @console.post("/transcripts/<issuance_id>/revocation")
    @allow(*_MAY_ASK, fresh=True)
    def ask_revocation(school: str, issuance_id: str) -> Redirect:
        """Ask for a transcript to be revoked."""
        issuance = _released(installation, school, issuance_id)
        chosen = CLASSES.get(request.form.get("class", ""))
        if chosen is None:
            raise ServiceError(
                "revocation-class", "Hãy chọn loại lý do.", "Choose what kind of reason it is."
            )
        request_revocation(
            installation.revoking,
            actor(installation),
            serial=issuance.serial,
            revocation_class=chosen,
            reason=request.form.get("reason", ""),
            idempotency_key=_key(),
        )
        return redirect(url_for("console.show_changes"), 303)

    @console.post("/transcripts/<issuance_id>/correction")
    @allow(*_MAY_ASK, fresh=True, upload=(MAX_WORKBOOK_BYTES, 10))
    def ask_correction(school: str, issuance_id: str) -> Redirect | tuple[str, int]:
        """Ask for a transcript to be corrected by a class workbook with the mended data."""
        issuance = _released(installation, school, issuance_id)
        file = request.files.get("file")
        result = installation.import_workbook(
            file.read() if file else b"", issuance.school_year, dry_run=True, school=school
        )
        if not result.ok:
            return _page(installation, issuance, result.complaints), 422
        with installation.correcting() as tools:
            request_correction(
                tools,
                actor(installation),
                row_of(result.rows, issuance.student_code),
                reason=request.form.get("reason", ""),
                idempotency_key=_key(),
            )
        return redirect(url_for("console.show_changes"), 303)


def _page(installation: Installation, issuance: Issuance, complaints: Sequence[Complaint] = ()) -> str:
    holders = installation.register.holders(issuance.school_code)
    lines = [
        _line(installation, one, holders)
        for one in installation.register.changes(issuance.school_code)
        if issuance.id in {one.issuance_id, one.replacement_id}
    ]
    is_open = any(line.change.state in _OPEN for line in lines)
    return render_template(
        "change.html",
        issuance=issuance,
        student=_student(issuance),
        lines=lines,
        may_ask=issuance.is_current and not is_open and signed_in().has(*_MAY_ASK),
        classes=tuple(CLASSES),
        key=installation.token_bytes(16).hex(),
        complaints=repeated(complaints),
    )


def _line(installation: Installation, change: Change, holders: Mapping[str, str]) -> Line:
    register = installation.register
    issuance = register.issuance_of_change(change)
    replacement = register.issuance(change.school_code, change.replacement_id or "")
    return Line(
        change=change,
        student=_student(issuance),
        serial=display_serial(issuance.serial),
        asked_by=holders.get(change.requested_by, ""),
        asked_at=datetime.fromtimestamp(change.requested_at, VIETNAM),
        ended_by=holders.get(change.confirmed_by or change.withdrawn_by or ""),
        differences=_differences(installation, change),
        failure=replacement.failure if replacement else None,
    )


def _differences(installation: Installation, change: Change) -> tuple[Difference, ...]:
    mended = change.mended
    if mended is None or change.state not in _OPEN:
        return ()
    stored = installation.register.student_years(
        mended.school_code, mended.year.school_year, student_code=mended.learner.student_code
    )
    return tuple(each for one in preview([mended], stored).changed for each in one.differences)


def _student(issuance: Issuance) -> str:
    return parse_transcript(issuance.data).learner.full_name


def _released(installation: Installation, school: str, issuance_id: str) -> Issuance:
    issuance = installation.register.issuance(school, issuance_id)
    if issuance is None or issuance.state is not State.RELEASED:
        raise ServiceError("transcript-unknown", "Không có học bạ này.", "There is no such transcript.")
    return issuance


def _change(installation: Installation, school: str, change_id: str) -> Change:
    change = installation.register.change(school, change_id)
    if change is None:
        raise ServiceError(
            "change-unknown",
            "Không có đề nghị này; hãy xem lại mã đề nghị.",
            "There is no such request; check its id.",
        )
    return change


def _key() -> str:
    key = request.form.get("key", "")
    if not _KEY.fullmatch(key):
        raise ServiceError("form-stale", TEXTS["vi"]["form_stale"], TEXTS["en"]["form_stale"])
    return f"console/{key}"
