"""`hocba schools …`: the schools of this installation, and who signs for each."""

from __future__ import annotations

import json
from pathlib import Path

import click

from schemas.vietnam_time import day_in_vietnam
from service.cli.command import changed_here, data_option, json_option, open_installation, refusals
from service.school_settings import described_school

_EXAMPLES = """\b
Examples:
  hocba schools list --data data --json
  hocba schools show THCS-01 --data data
  hocba schools add --data data --code THCS-01 --name "Trường THCS Ban Mai" --commune "Phường Ban Mai" \\
    --province "Hà Nội" --principal "Nguyễn Thị Hoa"
"""


@click.group("schools", epilog=_EXAMPLES)
def schools_group() -> None:
    """List, show and add the schools of this installation."""


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
    installation = open_installation(data)
    register = installation.register
    school, _ = register.school(code)
    signatory = register.principal_on(code, day_in_vietnam(installation.now()))
    members = {
        **school.model_dump(exclude_none=True),
        "principal": signatory.name,
        "people": len(installation.people.accounts(code)),
        "tokens": len(register.tokens(code)),
        "school_years": list(register.years_of_school(code)),
    }
    if as_json:
        click.echo(json.dumps(members, ensure_ascii=False))
        return
    click.echo(f"{school.code}  {school.name}, {school.commune}, {school.province}")
    click.echo(f"  {signatory.title}: {signatory.name}")
    click.echo(f"  {members['people']} người / people, {members['tokens']} mã truy cập / tokens")
    for year in register.years_of_school(code):
        classes = ", ".join(register.classes_of(code, year))
        click.echo(f"  {year}: {classes}")


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
