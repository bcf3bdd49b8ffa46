"""Issues for everybody as `hocba issue --all` does, for whoever watches from outside.

    python -m tests.support.issuing_process DATA KEY

Asks under an idempotency key, which the command does not take, and prints a line for each document that is issued: what
is printed is acknowledged.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from service.cli.command import open_installation, refusals
from service.demo import SCHOOL_YEAR
from tests.support.demonstration import SCHOOL


@click.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.argument("key")
@refusals
def main(data: Path, key: str) -> None:
    """Issue, and print how far it is."""
    report = open_installation(data).issue(
        SCHOOL,
        SCHOOL_YEAR,
        idempotency_key=key,
        progress=lambda done, total: click.echo(f"acknowledged {done}/{total}"),
    )
    for one in report.failed:
        click.echo(f"{one.student_code}: [{one.failure_code}]", err=True)
    click.echo(f"batch {report.batch.id}")
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
