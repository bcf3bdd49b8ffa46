"""`hocba demo`: a demonstration school from nothing to two running services."""

from __future__ import annotations

import json
import secrets
import sys
from pathlib import Path

import click

from service.cli.command import json_option, present_time, refusals
from service.demo import ISSUING_PORT, VERIFYING_PORT, is_as_promised, run_once, serve, set_up


@click.command()
@click.option("--once", is_flag=True, help="Import, issue, verify, show a refusal, and end.")
@click.option(
    "--data",
    default="demo-data",
    type=click.Path(file_okay=False, path_type=Path),
    help="The data folder [demo-data].",
)
@click.option(
    "--students", default=40, type=click.IntRange(1, 5000), help="How many students to invent [40]."
)
@json_option
@refusals
def demo(*, once: bool, data: Path, students: int, as_json: bool) -> None:
    """Make a demonstration school, issue its transcripts, verify them, and serve both sides."""
    installation = set_up(
        data, students=students, now=present_time, token_bytes=secrets.token_bytes, say=click.echo
    )
    report = run_once(installation, students=students, say=click.echo)
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    if not is_as_promised(report):
        sys.exit(1)
    if not once:
        serve(installation, issuing_port=ISSUING_PORT, verifying_port=VERIFYING_PORT, say=click.echo)
