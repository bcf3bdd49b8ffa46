"""`hocba register`: the issuance register of a school, on the screen or as a file."""

from __future__ import annotations

import json
from pathlib import Path

import click

from schemas.vietnam_time import day_in_vietnam
from service.cli.command import (
    chosen_school,
    data_option,
    json_option,
    open_installation,
    refusals,
    school_option,
)
from service.files import PRIVATE, replace_file
from service.issuance_register import entries_of_year, format_register

_EPILOG = """\b
Examples:
  hocba register --data demo-data
  hocba register --data demo-data --year 2026 --out so-cap-hoc-ba.xlsx
"""


@click.command("register", epilog=_EPILOG)
@data_option
@school_option
@click.option("--year", type=int, help="The calendar year [this one].")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write it into this file, .xlsx or .csv, readable by you alone.",
)
@json_option
@refusals
def show_register(
    *, data: Path, school: str | None, year: int | None, out: Path | None, as_json: bool
) -> None:
    """Show what a school issued in a calendar year (sổ cấp học bạ), in the order of the public record."""
    installation = open_installation(data)
    of = day_in_vietnam(installation.now()).year if year is None else year
    entries = entries_of_year(installation.register, chosen_school(installation, school), of)
    if out is not None:
        replace_file(out, format_register(entries, out.suffix.lower()), mode=PRIVATE)
        click.echo(f"{out}: {len(entries)} học bạ / transcripts")
    elif not as_json:
        for one in entries:
            standing = one.standing_words
            click.echo(
                f"{one.symbol:<24} {one.issued_on:%d/%m/%Y}  {one.issuance.class_name:<6} "
                f"{one.student_name:<28} {one.form_words.vi}  [{standing.vi} / {standing.en}]"
            )
    if as_json:
        click.echo(
            json.dumps(
                {
                    "year": of,
                    "entries": [
                        {
                            "number": one.number,
                            "symbol": one.symbol,
                            "issued_on": one.issued_on.isoformat(),
                            "form": one.form,
                            "version": one.issuance.version,
                            "student_code": one.issuance.student_code,
                            "student_name": one.student_name,
                            "signed_by": one.signed_by,
                            "serial": one.issuance.serial,
                            "standing": one.issuance.standing,
                        }
                        for one in entries
                    ],
                },
                ensure_ascii=False,
            )
        )
