"""`hocba doctor`: what is missing or wrong, and how to mend it."""

from __future__ import annotations

import dataclasses
import json
import secrets
import sys
from pathlib import Path

import click

from service.cli.command import data_option, json_option, present_time, refusals
from service.doctor.examination import examine
from service.doctor.findings import Finding, Level

_MARKS = {Level.OK: "tốt / ok", Level.WARNING: "CHÚ Ý / WARNING", Level.FAULT: "LỖI / FAULT"}
_WARNED = 3


@click.command("doctor")
@data_option
@json_option
@refusals
def doctor(*, data: Path, as_json: bool) -> None:
    """Say what is missing or wrong, and how to mend it; change nothing.

    Exit code 0: all is well; 1: there are faults; 3: there are warnings alone.
    """
    found: list[Finding] = []
    for finding in examine(data, now=present_time, token_bytes=secrets.token_bytes):
        found.append(finding)
        if not as_json:
            click.echo(f"{_MARKS[finding.level]}  {finding.vi} / {finding.en} [{finding.code}]")
    if as_json:
        click.echo(json.dumps({"findings": [dataclasses.asdict(one) for one in found]}, ensure_ascii=False))
    levels = {one.level for one in found}
    sys.exit(1 if Level.FAULT in levels else _WARNED if Level.WARNING in levels else 0)
