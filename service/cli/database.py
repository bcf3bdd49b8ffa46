"""`hocba db …`: tend the database."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from keys.data_key import KEY_BYTES, make_data_key, rotate_data_key
from service.cli.command import data_option, open_installation, present_time, refusals
from service.errors import ServiceError
from service.installation import Installation
from service.settings import Settings
from service.storage.sealing import reseal


@click.group("db")
def database_group() -> None:
    """Tend the database."""


@database_group.command("make-key", short_help="Make the key of the sensitive columns, once.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@refusals
def make_key(*, file: Path) -> None:
    """Make the key of the database's sensitive columns in FILE, for HOCBA_DATA_KEY_FILE. Never overwrites one.

    Without it nothing in the database can be read, ever: keep a copy where the passphrase has its own, and not in a
    backup of the database.
    """
    if file.exists():
        raise ServiceError(
            "data-key-exists",
            f"Đã có tệp {file}; khoá dữ liệu không bao giờ bị ghi đè.",
            f"There is a file {file}; a data key is never overwritten.",
        )
    make_data_key(file, secrets.token_bytes(KEY_BYTES))
    click.echo(f"HOCBA_DATA_KEY_FILE={file.absolute()}")


@database_group.command("rotate-key", short_help="Seal everything with a new key.")
@data_option
@refusals
def rotate_key(*, data: Path) -> None:
    """Put a new key first in the file of HOCBA_DATA_KEY_FILE, and seal everything anew with it.

    Stop the service before, and start it again after. The old key stays below, for backups of before: take it out by
    hand when the last of them is gone. Stopped in between, run it again.
    """
    settings = Settings.load(data)
    rotate_data_key(data / settings.data_key_file, secrets.token_bytes(KEY_BYTES))
    installation = open_installation(data)
    changed = reseal(installation.database)
    click.echo(
        f"{changed} giá trị đã mã hoá lại / sealed anew; hãy cất giữ tệp khoá mới / keep the new key file"
    )


@database_group.command()
@data_option
@refusals
def upgrade(*, data: Path) -> None:
    """Bring the database to this version of the software."""
    Installation(Settings.load(data), present_time, secrets.token_bytes).upgrade_database()
    click.echo("Cơ sở dữ liệu đã ở phiên bản mới nhất / The database is up to date")
