"""`hocba record …`: tend the public record (sổ cấp)."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import click

from schemas.record.entry import Issued, Revoked
from schemas.record.statement import IssuerStatement, KeyStatement, Succession
from service.auditing import entries_of_school
from service.cli.command import data_option, json_option, open_installation, refusals
from service.issuers import affected, ledger_of
from service.storage.log_store import LogStore

_ALARM = "  BÁO ĐỘNG / ALARM: không ứng với học bạ nào đã duyệt / nothing approved explains it"


@click.group("record")
def record_group() -> None:
    """Tend the public record (sổ cấp)."""


@record_group.command(short_help="Publish again, with the present time.")
@data_option
@refusals
def publish(*, data: Path) -> None:
    """Publish again: a checkpoint with the present time and, where it is due, a status list. Run it hourly."""
    checkpoint = open_installation(data).publish()
    click.echo(f"size {checkpoint.size}, root {checkpoint.root.hex()}")


@record_group.command(short_help="Compare record, database and stored files.")
@data_option
@click.option("--dry-run", is_flag=True, help="Say what would come back, write nothing.")
@refusals
def reconcile(*, data: Path, dry_run: bool) -> None:
    """After restoring a database from a backup: bring back what the public record knows and it forgot, then publish.

    Takes nothing out of the database; asking again changes nothing.
    """
    installation = open_installation(data)
    found = installation.reconcile(dry_run=dry_run)
    verb = "sẽ trở lại / would come back" if dry_run else "đã trở lại / came back"
    click.echo(f"{found.entries} mục / entries, {len(found.documents)} học bạ / documents {verb}")
    for index in found.unknown:
        click.echo(
            f"#{index}: cơ sở dữ liệu không còn biết học bạ này; hãy nhập lại tệp và cấp mới / "
            "the database knows this document no more; import its data and issue it anew"
        )
    if not dry_run:
        installation.publish()


@record_group.command()
@data_option
@json_option
@refusals
def audit(*, data: Path, as_json: bool) -> None:
    """Compare record, database and stored files, and name each difference. Exit code 0 if there is none."""
    report = open_installation(data).audit()
    if as_json:
        click.echo(report.to_json())
    else:
        for one in report.differences:
            click.echo(f"{one.where}: {one.text.vi} / {one.text.en} [{one.code}]")
        click.echo(f"{report.entries} mục / entries: {len(report.differences)} sai khác / differences")
    sys.exit(1 if report.differences else 0)


@record_group.command("affected")
@data_option
@click.option(
    "--key", "identity", required=True, help="SHA-256 of the certificate, or its first 16 digits or more."
)
@refusals
def affected_documents(*, data: Path, identity: str) -> None:
    """List the released documents that a certificate or QR key signed, and which of them count no more."""
    installation = open_installation(data)
    store = LogStore(installation.database)
    issuers = ledger_of(store.entries(0, store.size), installation.log, installation.trust).issuers
    known = issuers.find(identity)
    found = list(
        affected(issuers, known, installation.register.all_issuances(), installation.folder("issued"))
    )
    for one in found:
        standing = "còn tin được / good" if one.trusted else "KHÔNG CÒN TIN / NO LONGER TRUSTED"
        click.echo(f"#{one.index}  {one.serial}  {standing}")
    lost = sum(not one.trusted for one in found)
    click.echo(f"{len(found)} học bạ / documents; {lost} không còn tin được / no longer trusted")


@record_group.command(short_help="Print each entry of a school; alarm where nothing approved explains it.")
@data_option
@click.option("--school", required=True, help="The school's code.")
@click.option("--from", "first", default=0, type=click.IntRange(0), help="The first index to look at [0].")
@click.option("--follow", is_flag=True, help="Go on, looking every five seconds.")
@refusals
def watch(*, data: Path, school: str, first: int, follow: bool) -> None:
    """Print each entry of a school; one that nothing approved here explains is an ALARM, and the exit code 1."""
    installation = open_installation(data)
    installation.register.school(school)
    store, alarmed = LogStore(installation.database), False
    for _ in count():
        end = store.size
        # What was confirmed is read first: a request that is finished meanwhile is then known by its document.
        confirmed = installation.register.confirmed_changes()
        issuances = installation.register.all_issuances()
        for index, entry, explained in entries_of_school(
            store.entries(first, end), school, issuances, confirmed, first=first
        ):
            alarm = "" if explained else _ALARM
            at = datetime.fromtimestamp(entry.time, UTC)
            click.echo(f"#{index}  {at:%Y-%m-%dT%H:%M:%SZ}  {_said(entry)}{alarm}")
            alarmed |= not explained
        first = end
        if not follow:
            break
        time.sleep(5)
    sys.exit(1 if alarmed else 0)


def _said(entry: Issued | Revoked | IssuerStatement) -> str:
    match entry:
        case Issued():
            return "cấp / issued"
        case Revoked():
            return f"thu hồi / revoked #{entry.reference.index}"
        case KeyStatement():
            return f"nơi cấp / issuer: {entry.role.name.lower()}, {entry.state.name.lower()}"
        case Succession():
            return f"kế tục / {entry.school} succeeds {entry.predecessor}"
