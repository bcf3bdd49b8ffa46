"""`hocba backup`, `hocba restore`: all but the keys in one encrypted file, and back (docs/operations/backup.md)."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from keys.backup_key import BackupKey
from keys.secret_files import read_passphrase
from service.backup.making import make_backup
from service.backup.restoring import restore_backup
from service.cli.command import data_option, open_installation, refusals
from service.setting_up import SESSION_KEY


@click.command("backup")
@data_option
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The new file (.age)."
)
@refusals
def backup(*, data: Path, out: Path) -> None:
    """Write a backup, encrypted to HOCBA_BACKUP_RECIPIENT, while the service goes on.

    Database, record, documents and settings are in it; keys, passphrases and tokens are not.
    """
    made = make_backup(open_installation(data), out)
    click.echo(f"{out}: {made.size} byte, SHA-256 {made.sha256}")


@click.command("restore")
@click.argument("archive", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
@click.option(
    "--key",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The key that opens backups, of hocba keys new-backup.",
)
@click.option(
    "--passphrase-file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The file with its passphrase.",
)
@click.option(
    "--database-url", default="", help="postgresql://… of an empty database [SQLite in the folder]."
)
@refusals
def restore(*, archive: Path, data: Path, key: Path, passphrase_file: Path, database_url: str) -> None:
    """Make a new data folder of a backup. It verifies everything, and signs nothing until it is reconciled."""
    opened = BackupKey.load(key, passphrase=read_passphrase(passphrase_file))
    restored = restore_backup(
        archive, data, opened, database_url=database_url, token_bytes=secrets.token_bytes
    )
    click.echo(f"{data}: {restored.origin}, {restored.made_at}, {restored.files} tệp / files")
    click.echo(
        f"Việc tiếp theo / next:\n"
        f"  1. tắt hẳn hệ thống cũ / the old installation must never run again\n"
        f"  2. chép thư mục khoá vào {data}/keys, và đè {data}/{SESSION_KEY} bằng bản giữ riêng / copy the keys folder "
        "and the session key there, from their own copy\n"
        f"  3. hocba record reconcile --from https://HOST/record --data {data}   (bản sao mới nhất / newest mirror)\n"
        f"  4. hocba record audit --data {data}; hocba doctor --data {data}"
    )
