"""`hocba sample`: an invented school as files, the same for the same seed."""

from __future__ import annotations

from pathlib import Path

import click

from service.cli.command import refusals
from service.files import make_folder
from service.sample.broken import broken_workbooks
from service.sample.school import sample_school
from service.sample.vendors import Vendor, vendor_files


@click.command(short_help="Write the workbooks of an invented school.")
@click.option("--seed", default=1, type=click.IntRange(0), help="Another seed, other people [1].")
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="The folder to write."
)
@click.option("--students", default=100, type=click.IntRange(1, 5000), help="How many students [100].")
@refusals
def sample(*, seed: int, out: Path, students: int) -> None:
    """Write an invented lower secondary school as the systems that schools use would export it, and broken workbooks.

    OUT/SYSTEM/: a folder to import whole. OUT/broken/: files that are refused, one fault each.
    """
    # Other student codes than those of `hocba demo`, so that both can be in one installation.
    school = sample_school(students=students, seed=seed, first_student=10_001)
    for vendor in Vendor:
        _write(out / vendor, vendor_files(school, vendor))
        click.echo(f"{out / vendor}: {students} học sinh / students")
    broken = {name: each.data for name, each in broken_workbooks().items()}
    _write(out / "broken", broken)
    click.echo(f"{out / 'broken'}: {len(broken)} tệp hỏng / broken files")


def _write(folder: Path, files: dict[str, bytes]) -> None:
    make_folder(folder)
    for name, data in files.items():
        (folder / name).write_bytes(data)
