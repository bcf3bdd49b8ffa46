"""`hocba trail …`: the history of a student's year; the trail computed anew; its heads, to keep elsewhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import click

from schemas.change_trail import FieldChange, TrailEntry
from schemas.vietnam_time import VIETNAM
from service.acting import account_here
from service.cli.command import (
    chosen_school,
    data_option,
    json_option,
    open_installation,
    refusals,
    school_option,
    since_option,
)
from service.errors import ServiceError
from service.files import PRIVATE, replace_file
from service.importing.preview import written
from service.installation import Installation
from service.storage.readings import Shown
from service.storage.trail import StoredEntry
from service.storage.trail_writing import Whose
from service.trail.audit import audit_trail
from service.trail.heads import SchoolHead, format_heads, parse_heads
from service.trail.words import ACT_WORDS, label_of_field
from verify.spreadsheet import format_csv

_COLUMNS = (
    "number",
    "at",
    "act",
    "actor",
    "actor_id",
    "second",
    "field",
    "old",
    "new",
    "why",
    "reference",
    "head",
)


@click.group("trail")
def trail_group() -> None:
    """See and check the trail of changes of students' years."""


@trail_group.command(short_help="Show the history of a student's year.")
@click.argument("student")
@click.argument("school_year", metavar="YEAR")
@data_option
@school_option
@json_option
@click.option(
    "--csv", "table", type=click.Path(dir_okay=False, path_type=Path), help="Write it into this file as well."
)
@refusals
def show(
    *, student: str, school_year: str, data: Path, school: str | None, as_json: bool, table: Path | None
) -> None:
    """Show who changed what of a student's YEAR, when, from what to what and why, the oldest first."""
    installation = open_installation(data)
    entries = installation.register.trail_of(Whose(chosen_school(installation, school), student, school_year))
    if not entries:
        raise _unknown(student, school_year)
    _note(installation, entries)
    for stored in entries:
        click.echo(json.dumps(_members(stored), ensure_ascii=False) if as_json else _lines(stored))
    if table is not None:
        replace_file(table, _csv(entries), mode=PRIVATE)


@trail_group.command(short_help="Show one entry by its number, as an audit names it.")
@click.argument("number", type=click.IntRange(1))
@data_option
@school_option
@json_option
@refusals
def entry(*, number: int, data: Path, school: str | None, as_json: bool) -> None:
    """Show the entry of a school that an audit names by its NUMBER, and whose year it is."""
    installation = open_installation(data)
    code = chosen_school(installation, school)
    stored = installation.register.trail_entry(code, number)
    if stored is None:
        raise ServiceError(
            "trail-entry-unknown",
            f"Vết thay đổi của trường {code} không có mục số {number}.",
            f"The trail of school {code} has no entry {number}.",
        )
    _note(installation, [stored])
    if as_json:
        click.echo(json.dumps(_members(stored), ensure_ascii=False))
        return
    click.echo(f"{stored.student or '–'}  {stored.school_year or '–'}")
    click.echo(_lines(stored))


@trail_group.command("by", short_help="List what one person did.")
@click.argument("actor_id")
@data_option
@school_option
@since_option
@json_option
@refusals
def by_actor(*, actor_id: str, data: Path, school: str | None, since: datetime | None, as_json: bool) -> None:
    """List every entry of a school that a person, token or account made or confirmed: ACTOR_ID as the trail has it."""
    installation = open_installation(data)
    first = int(since.replace(tzinfo=VIETNAM).timestamp()) if since else 0
    code = chosen_school(installation, school)
    found = installation.register.entries_by(code, actor_id, since=first)
    _note(installation, found)
    for stored in found:
        if as_json:
            click.echo(json.dumps(_members(stored), ensure_ascii=False))
        else:
            click.echo(f"{stored.student or '–'}  {stored.school_year or '–'}")
            click.echo(_lines(stored))
    if not as_json:
        click.echo(f"{len(found)} mục / entries")


@trail_group.command(short_help="Compute every trail anew and compare.")
@data_option
@click.option(
    "--heads",
    "kept",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Heads that somebody kept elsewhere: the output of `hocba trail heads` of an earlier day.",
)
@json_option
@refusals
def audit(*, data: Path, kept: Path | None, as_json: bool) -> None:
    """Compute every trail anew, compare with drafts, documents and heads, name each difference; exit code 0: none."""
    installation = open_installation(data)
    heads = [*installation.noted_heads.read().values(), *(_read_heads(kept) if kept else ())]
    found = list(audit_trail(installation.register, heads))
    for one in found:
        if as_json:
            members = {"code": one.code, "where": one.where, "vi": one.text.vi, "en": one.text.en}
            click.echo(json.dumps(members, ensure_ascii=False))
        else:
            click.echo(f"{one.where}: {one.text.vi} / {one.text.en} [{one.code}]")
    if not as_json:
        trails = installation.register.school_trails().values()
        entries = sum(number for number, _ in trails)
        click.echo(f"{entries} mục / entries, {len(found)} sai khác / differences")
    sys.exit(1 if found else 0)


@trail_group.command(short_help="Print the heads of the schools' trails, to keep elsewhere.")
@data_option
@refusals
def heads(*, data: Path) -> None:
    """Print number and head of each school's trail: whoever keeps them finds a trail that was written anew later."""
    click.echo(format_heads(_heads(open_installation(data))), nl=False)


@trail_group.command(short_help="Check the trail of one student's year.")
@click.argument("student")
@click.argument("school_year", metavar="YEAR")
@data_option
@school_option
@refusals
def verify(*, student: str, school_year: str, data: Path, school: str | None) -> None:
    """Compute the trail of the school anew and say whether anything is wrong; then the head of this student's YEAR."""
    installation = open_installation(data)
    code = chosen_school(installation, school)
    entries = installation.register.trail_of(Whose(code, student, school_year))
    if not entries:
        raise _unknown(student, school_year)
    noted = installation.noted_heads.read().values()
    found = list(audit_trail(installation.register, noted, only=code))
    for one in found:
        click.echo(f"{one.where}: {one.text.vi} / {one.text.en} [{one.code}]")
    click.echo(f"{len(entries)} mục / entries, đầu vết / head {entries[-1].head}")
    if found:
        sys.exit(1)
    click.echo(
        "Vết nguyên vẹn, khớp dữ liệu và học bạ đã ký / whole, and as the data and the signed documents say"
    )


def _note(installation: Installation, entries: Iterable[StoredEntry]) -> None:
    """Note whose sensitive data are about to be shown here."""
    at = int(installation.now().timestamp())
    shown: dict[str, list[str]] = {}
    for stored in entries:
        entry = stored.parsed
        if entry is not None and any(change.is_sensitive for change in entry.changes):
            shown.setdefault(stored.school, []).append(stored.student)
    for school, students in shown.items():
        installation.register.note_reading(school, account_here(), students, Shown.TRAIL, at=at)


def _heads(installation: Installation) -> list[SchoolHead]:
    trails = installation.register.school_trails()
    return [SchoolHead(school, number, head) for school, (number, head) in trails.items()]


def _read_heads(path: Path) -> tuple[SchoolHead, ...]:
    return parse_heads(path.read_text(encoding="ascii", errors="replace"))


def _members(stored: StoredEntry) -> dict[str, object]:
    known: dict[str, object] = {"number": stored.number, "head": stored.head}
    said = json.loads(stored.entry) if stored.entry is not None else {"erased": True}
    return known | {name: value for name, value in said.items() if name != "nonce"}


def _lines(stored: StoredEntry) -> str:
    entry = stored.parsed
    if entry is None:
        return f"#{stored.number}  nội dung đã xoá theo luật / its words were erased by law"
    who = entry.actor.name + (f", {entry.second.name} xác nhận / confirmed" if entry.second else "")
    act = ACT_WORDS[entry.act]
    lines = [f"#{stored.number}  {_time(entry)}  {act.vi} / {act.en}  {who}"]
    lines += [
        f"    {label_of_field(one.field)}: {_value(one.old)} → {_value(one.new)}" for one in entry.changes
    ]
    if not entry.changes and entry.record is not None:
        lines.append("    toàn bộ năm học / the whole year")
    if entry.why:
        lines.append(f"    lí do / why: {entry.why}")
    return "\n".join(lines)


def _csv(entries: Iterable[StoredEntry]) -> bytes:
    """Return a table that a spreadsheet opens: no cell of it is taken for a formula."""
    rows: list[list[str]] = [list(_COLUMNS)]
    for stored in entries:
        entry, number, head = stored.parsed, str(stored.number), stored.head
        if entry is None:
            rows.append([number, "", "erased", *[""] * 8, head])
            continue
        second = entry.second.name if entry.second else None
        for change in entry.changes or (FieldChange("", None, None),):
            who = (entry.actor.name, entry.actor.id, second)
            cells = (*who, change.field, change.old, change.new, entry.why, entry.reference)
            shown = ["" if cell is None else str(cell) for cell in cells]
            rows.append([number, _time(entry), entry.act.value, *shown, head])
    return format_csv(rows)


def _time(entry: TrailEntry) -> str:
    return datetime.fromtimestamp(entry.at, VIETNAM).strftime("%d/%m/%Y %H:%M:%S")


def _value(value: object) -> str:
    return "–" if value is None else written(str(value))


def _unknown(student: str, school_year: str) -> ServiceError:
    return ServiceError(
        "trail-unknown",
        f"Không có vết thay đổi nào của học sinh mã {student} trong năm học {school_year}; hãy xem lại mã và năm học.",
        f"There is no trail of student {student} in {school_year}; check the code and the year.",
    )
