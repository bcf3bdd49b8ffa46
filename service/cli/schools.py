"""`hocba schools …`: the schools of this installation, what is printed of each, and who leads it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import click

from schemas.transcript.model import Kind, School
from schemas.vietnam_time import day_in_vietnam
from service.cli.command import changed_here, data_option, json_option, open_installation, refusals
from service.installation import Installation
from service.school_settings import PRINCIPAL_TITLE, described_school, parse_principal, parse_school

_EXAMPLES = """\b
Examples:
  hocba schools list --data data --json
  hocba schools show THCS-01 --data data
  hocba schools add --data data --code THCS-01 --name "Trường THCS Ban Mai" --commune "Phường Ban Mai" \\
    --province "Hà Nội" --principal "Nguyễn Thị Hoa"
  hocba schools change THCS-01 --data data --name "Trường THCS Ban Mai" --level thcs --no-notices
  hocba schools principal THCS-01 "Trần Văn Bình" --from 2026-09-01 --data data
"""


@click.group("schools", epilog=_EXAMPLES)
def schools_group() -> None:
    """List, show, add and change the schools of this installation."""


@schools_group.command("list")
@data_option
@json_option
@refusals
def list_schools(*, data: Path, as_json: bool) -> None:
    """List the schools, by code, with who leads each today."""
    installation = open_installation(data)
    today = day_in_vietnam(installation.now())
    for school in installation.register.schools():
        principal = installation.register.principal_on(school.code, today)
        if as_json:
            members = school.model_dump(exclude_none=True)
            click.echo(json.dumps(members | {"principal": principal.name}, ensure_ascii=False))
        else:
            click.echo(
                f"{school.code}  {school.name}, {school.commune}, {school.province}  ({principal.name})"
            )


@schools_group.command(short_help="Show a school.")
@click.argument("code")
@data_option
@json_option
@refusals
def show(*, code: str, data: Path, as_json: bool) -> None:
    """Show a school: its description, who signs for it, its people, tokens and school years."""
    _echo_school(open_installation(data), code, as_json=as_json)


@schools_group.command(short_help="Add a school.")
@data_option
@click.option("--code", required=True, help="The school's code in the sector's database.")
@click.option("--name", required=True, help="As transcripts print it.")
@click.option("--commune", required=True, help="Xã, phường, đặc khu.")
@click.option("--district", help="Huyện, as documents of years before 1 July 2025 print it.")
@click.option("--province", required=True, help="Tỉnh, thành phố.")
@click.option("--principal", required=True, help="Who signs, by full name.")
@json_option
@refusals
def add(
    *,
    data: Path,
    code: str,
    name: str,
    commune: str,
    district: str | None,
    province: str,
    principal: str,
    as_json: bool,
) -> None:
    """Add a school; its keys and its standing in the record come with `hocba signer` and `hocba issuer`."""
    school, signatory = described_school(code, name, commune, district, province, principal)
    installation = open_installation(data)
    installation.register.add_school(school, signatory, by=changed_here(installation))
    if as_json:
        click.echo(json.dumps(school.model_dump(exclude_none=True), ensure_ascii=False))
    else:
        click.echo(f"{school.code}  {school.name}: đã thêm / added")
        _echo_next(data, code)


@schools_group.command(short_help="Change what is printed of a school, its levels, its notices.")
@click.argument("code")
@data_option
@click.option("--name", help="As transcripts print it.")
@click.option("--commune", help="Xã, phường, đặc khu.")
@click.option("--district", help='Huyện, for years before 1 July 2025; "" for none.')
@click.option("--province", help="Tỉnh, thành phố.")
@click.option(
    "--level",
    "levels",
    type=click.Choice([str(kind) for kind in Kind]),
    multiple=True,
    help="What it teaches; may be repeated.",
)
@click.option("--notices/--no-notices", "told", default=None, help="Whether families are told.")
@json_option
@refusals
def change(
    *,
    code: str,
    data: Path,
    levels: tuple[Kind, ...],
    told: bool | None,
    as_json: bool,
    **printed: str | None,
) -> None:
    """Change a school for documents that are reserved from now on; what is not named stays. Each change is kept."""
    installation = open_installation(data)
    register, by = installation.register, changed_here(installation)
    known, _ = register.school(code)
    described = _described(known, printed)
    if described != known:
        register.describe_school(described, by=by)
    if levels:
        register.set_levels(code, map(Kind, levels), by=by)
    if told is not None:
        register.set_notices(code, told=told, by=by)
    _echo_school(installation, code, as_json=as_json)


@schools_group.command(short_help="Say who leads a school from a day on.")
@click.argument("code")
@click.argument("name")
@data_option
@click.option("--from", "first_day", required=True, help="The first day, as 2026-09-01; it may lie ahead.")
@click.option("--title", default=PRINCIPAL_TITLE, show_default=True, help="As transcripts print it.")
@json_option
@refusals
def principal(*, code: str, name: str, data: Path, first_day: str, title: str, as_json: bool) -> None:
    """Say who leads a school from a day on; what was reserved before keeps the name of before."""
    installation = open_installation(data)
    installation.register.school(code)
    entered = parse_principal(code, name, title, first_day)
    installation.register.put_principal(entered, by=changed_here(installation))
    _echo_school(installation, code, as_json=as_json)


def _described(known: School, printed: dict[str, str | None]) -> School:
    typed = {field: value for field, value in printed.items() if value is not None}
    wanted = {"name": known.name, "commune": known.commune, "province": known.province} | typed
    district = typed.get("district", known.district)
    return parse_school(known.code, wanted["name"], wanted["commune"], district, wanted["province"])


def _echo_next(data: Path, code: str) -> None:
    where = f"--data {shlex.quote(str(data))} --school {shlex.quote(code)}"
    click.echo("Việc tiếp theo / what comes next:")
    click.echo(f"  hocba users invite … {where} --role administrator")
    click.echo("  khoá của hiệu trưởng và con dấu / the keys of principal and seal:")
    click.echo(f"  hocba signer set|file|remote|agent … {where}")
    click.echo("  đăng kí chứng thư vào sổ / register the certificates:")
    click.echo(f"  hocba issuer request … {where}")
    click.echo(f"  hocba signer check {where}")


def _echo_school(installation: Installation, code: str, *, as_json: bool) -> None:
    register = installation.register
    school, _ = register.school(code)
    signatory = register.principal_on(code, day_in_vietnam(installation.now()))
    levels, told = register.levels(code), register.tells_families(code)
    people, tokens = len(installation.people.accounts(code)), len(register.tokens(code))
    years = register.years_of_school(code)
    if as_json:
        members = {
            **school.model_dump(exclude_none=True),
            "principal": signatory.name,
            "levels": list(levels),
            "notices": told,
            "people": people,
            "tokens": tokens,
            "school_years": list(years),
        }
        click.echo(json.dumps(members, ensure_ascii=False))
        return
    click.echo(f"{school.code}  {school.name}, {school.commune}, {school.province}")
    click.echo(f"  {signatory.title}: {signatory.name}")
    click.echo(f"  cấp học / levels: {', '.join(levels) or '–'}")
    click.echo(f"  báo cho gia đình / notices to families: {'có / on' if told else 'không / off'}")
    click.echo(f"  {people} người / people, {tokens} mã truy cập / tokens")
    for year in years:
        click.echo(f"  {year}: {', '.join(register.classes_of(code, year))}")
