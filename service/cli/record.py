"""`hocba record …`: tend the public record (sổ cấp)."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import click

from schemas.record.entry import Issued, Revoked, parse_entry
from schemas.record.statement import IssuerStatement, KeyStatement, Succession
from schemas.vietnam_time import VIETNAM
from service.cli.command import data_option, json_option, open_installation, refusals, since_option
from service.issuers import affected, ledger_of
from service.record.auditing import entries_of_school
from service.record.reconciling_outside import reconcile_outside
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


@record_group.command(short_help="Have the record stamped by a time-stamp authority.")
@data_option
@refusals
def timestamp(*, data: Path) -> None:
    """Publish, and have the checkpoint stamped by an authority of HOCBA_TIME_STAMP_URLS.

    The service does so by itself; by hand it is for an authority that was away, and before a certificate ends.
    """
    newest = open_installation(data).stamping.at_once()
    stamp = newest.stamp
    click.echo(
        f"dấu thời gian / time stamp {newest.number}: {newest.size} mục / entries, {stamp.time:%Y-%m-%dT%H:%M:%SZ}, "
        f"{stamp.authority}; giữ được đến / holds until {stamp.until:%Y-%m-%dT%H:%M:%SZ}"
    )


@record_group.command(short_help="Bring a restored copy up to the signed record.")
@data_option
@click.option(
    "--from",
    "where",
    metavar="PLACE",
    help="A mirror of the record, folder or https://HOST/record [HOCBA_MIRROR for a restored copy].",
)
@click.option("--dry-run", is_flag=True, help="Say what would come back, write nothing.")
@refusals
def reconcile(*, data: Path, where: str | None, dry_run: bool) -> None:
    """After restoring from a backup: bring back what the record knows and the database forgot, then publish.

    Without --from it is the record of this place that counts: only the database was restored. What `hocba restore` made
    is as old as its record and needs a mirror. Takes nothing out of the database; asking again changes nothing.
    """
    installation = open_installation(data)
    if where is None and installation.sequencer.is_restored:
        where = installation.settings.mirror or None
    if where is None:
        found = installation.reconcile(dry_run=dry_run)
    else:
        outside = reconcile_outside(installation, where, dry_run=dry_run)
        found = outside.reconciled
        until = f"{outside.clock_time:%Y-%m-%dT%H:%M:%SZ}" if outside.clock_time else "?"
        click.echo(f"{where}: {outside.size} mục, đến / entries, until {until}")
        click.echo(
            "Mục nào đã ký sau lúc đó thì ở đây không biết: hãy dùng bản sao mới nhất có được / what was signed after "
            "that is known to nobody here: use the newest mirror there is"
        )
    verb = "sẽ trở lại / would come back" if dry_run else "đã trở lại / came back"
    click.echo(f"{found.entries} mục / entries, {len(found.documents)} học bạ / documents {verb}")
    for index in found.unknown:
        click.echo(
            f"#{index}: cơ sở dữ liệu không còn biết học bạ này; hãy nhập lại tệp và cấp mới / "
            "the database knows this document no more; import its data and issue it anew"
        )
    if not dry_run:
        installation.publish()


@record_group.command(short_help="Compare record, database and stored files.")
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


@record_group.command("affected", short_help="List what a certificate or QR key signed.")
@data_option
@click.option(
    "--key", "identity", required=True, help="SHA-256 of the certificate, or its first 16 digits or more."
)
@since_option
@refusals
def affected_documents(*, data: Path, identity: str, since: datetime | None) -> None:
    """List the released documents that a certificate or QR key signed, and which of them count no more."""
    installation = open_installation(data)
    store = LogStore(installation.database)
    issuers = ledger_of(store.entries(0, store.size), installation.log, installation.trust).issuers
    known = issuers.find(identity)
    found = list(
        affected(issuers, known, installation.register.all_issuances(), installation.folder("issued"))
    )
    if since is not None:
        found = [one for one in found if _recorded_at(store, one.index) >= since.replace(tzinfo=VIETNAM)]
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


def _recorded_at(store: LogStore, index: int) -> datetime:
    entry = parse_entry(store.entries(index, index + 1)[0])
    return datetime.fromtimestamp(entry.time if isinstance(entry, Issued) else 0, UTC)


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
