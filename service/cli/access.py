"""`hocba access …`: who was shown sensitive data of which student, when and where."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from schemas.errors import Text
from schemas.vietnam_time import VIETNAM
from service.cli.command import (
    chosen_school,
    data_option,
    json_option,
    open_installation,
    refusals,
    school_option,
    since_option,
)
from service.storage.readings import Shown

_WORDS = {
    Shown.TRANSCRIPT: Text("tệp học bạ", "the file of a transcript"),
    Shown.IMPORT_PREVIEW: Text("xem trước khi nhập", "preview of an import"),
    Shown.DIFFERENCES: Text("danh sách khác biệt", "list of differences"),
    Shown.APPROVALS: Text("xác nhận và duyệt lớp", "confirming and approving a class"),
    Shown.DRAFT: Text("xem trước học bạ", "preview of a transcript"),
    Shown.TRAIL: Text("vết thay đổi", "trail of changes"),
}


@click.group("access")
def access_group() -> None:
    """See who was shown sensitive data."""


@access_group.command("list", short_help="List who was shown sensitive data.")
@data_option
@school_option
@click.option("--student", "student_code", help="Only of this student.")
@click.option("--by", "actor_id", help="Only by this person, token or account.")
@since_option
@json_option
@refusals
def list_readings(
    *,
    data: Path,
    school: str | None,
    student_code: str | None,
    actor_id: str | None,
    since: datetime | None,
    as_json: bool,
) -> None:
    """List who was shown ethnicity, health, policy category or personal ID of whom, when and where, oldest first."""
    installation = open_installation(data)
    found = installation.register.readings(
        chosen_school(installation, school),
        student_code=student_code,
        actor_id=actor_id,
        since=int(since.replace(tzinfo=VIETNAM).timestamp()) if since else 0,
    )
    for one in found:
        at = datetime.fromtimestamp(one.at, VIETNAM)
        if as_json:
            members = {
                "at": at.isoformat(),
                "actor": {"kind": one.actor.kind.value, "id": one.actor.id, "name": one.actor.name},
                "student_code": one.student_code,
                "what": one.what.value,
            }
            click.echo(json.dumps(members, ensure_ascii=False))
        else:
            words = _WORDS[one.what]
            click.echo(
                f"{at:%d/%m/%Y %H:%M:%S}  {one.actor.name} ({one.actor.id})  {one.student_code}  "
                f"{words.vi} / {words.en}"
            )
    if not as_json:
        click.echo(f"{len(found)} lần xem / readings")
