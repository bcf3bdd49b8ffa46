"""`hocba db …`: tend the database."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from service.cli.command import data_option, present_time, refusals
from service.installation import Installation
from service.settings import Settings


@click.group("db")
def database_group() -> None:
    """Tend the database."""


@database_group.command()
@data_option
@refusals
def upgrade(*, data: Path) -> None:
    """Bring the database to this version of the software."""
    Installation(Settings.load(data), present_time, secrets.token_bytes).upgrade_database()
    click.echo("Cơ sở dữ liệu đã ở phiên bản mới nhất / The database is up to date")
