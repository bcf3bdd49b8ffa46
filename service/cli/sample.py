"""`hocba sample`: an invented school as files, the same for the same seed."""

from __future__ import annotations

from pathlib import Path

import click

from schemas.transcript.model import Kind
from service.cli.command import refusals
from service.files import make_folder
from service.sample import DEMO_SCHOOL
from service.sample.broken import broken_workbooks
from service.sample.old_primary import OLD_SCHOOL_YEAR, old_primary_years
from service.sample.primary import primary_years
from service.sample.primary_files import primary_files
from service.sample.school import sample_school
from service.sample.vendors import Vendor, vendor_files

_FIRST_STUDENT = {Kind.LOWER_SECONDARY: 10_001, Kind.PRIMARY: 20_001, Kind.UPPER_SECONDARY: 30_001}
"""Other student codes for each level, and than those of `hocba demo`, so that all can be in one installation."""


@click.command()
@click.option("--seed", default=1, type=click.IntRange(0), help="Another seed, other people [1].")
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="The folder to write."
)
@click.option(
    "--level",
    default=Kind.LOWER_SECONDARY.value,
    type=click.Choice([kind.value for kind in Kind]),
    help="Primary (th), lower (thcs) or upper secondary (thpt) school [thcs].",
)
@click.option("--students", default=100, type=click.IntRange(1, 5000), help="How many students [100].")
@refusals
def sample(*, seed: int, out: Path, level: str, students: int) -> None:
    """Write an invented school as the systems that schools use would export it, and broken workbooks.

    OUT/SYSTEM/: a folder to import whole; of a primary school there is one, OUT/th/, and beside it an old school year
    of pupils who were kept back, as recorded under TT 22/2016.
    OUT/broken/: files that are refused, one fault each; of lower secondary only, since each is a class workbook of the
    demonstration's school (hocba demo).
    """
    kind = Kind(level)
    first = _FIRST_STUDENT[kind]
    if kind is Kind.PRIMARY:
        years = tuple(primary_years(DEMO_SCHOOL, students=students, seed=seed, first_student=first))
        _write(out / level, primary_files(years))
        click.echo(f"{out / level}: {students} học sinh / students")
        old = tuple(old_primary_years(years, DEMO_SCHOOL, seed=seed))
        if old:
            folder = out / f"{level}-{OLD_SCHOOL_YEAR}"
            _write(folder, primary_files(old))
            click.echo(f"{folder}: {len(old)} học sinh lưu ban / kept back (--year {OLD_SCHOOL_YEAR})")
    else:
        school = sample_school(students=students, seed=seed, first_student=first, kind=kind)
        for vendor in Vendor:
            _write(out / vendor, vendor_files(school, vendor))
            click.echo(f"{out / vendor}: {students} học sinh / students")
    if kind is Kind.LOWER_SECONDARY:
        broken = {name: each.data for name, each in broken_workbooks().items()}
        _write(out / "broken", broken)
        click.echo(f"{out / 'broken'}: {len(broken)} tệp hỏng / broken files")


def _write(folder: Path, files: dict[str, bytes]) -> None:
    make_folder(folder)
    for name, data in files.items():
        (folder / name).write_bytes(data)
