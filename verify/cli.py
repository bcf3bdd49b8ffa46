"""`hocba-verify`: verify files, a QR code or a serial; mirror a record, audit one.

Exit codes are those of docs/formats/verdict.md.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from schemas.errors import HocbaError
from schemas.verdict import CheckStatus, Verdict, VerdictCode
from verify.audit import audit_record
from verify.files import read_regular_file
from verify.messages import record_age
from verify.mirror import update_mirror
from verify.transcript import MAX_FILE_BYTES
from verify.trust import load_trust_root
from verify.verifier import Verifier

_MARKS = {CheckStatus.PASS: "✓", CheckStatus.FAIL: "✗", CheckStatus.UNKNOWN: "?"}
EPILOG = """\b
Examples:
  hocba-verify hoc-ba.pdf --trust trust-root.json --record record/
  hocba-verify *.pdf --trust trust-root.json --record https://HOST/record --json
  hocba-verify --serial XXXX-XXXX-XXXX-XXXX-X --trust trust-root.json --record record/
  hocba-verify mirror --from https://HOST/record --to record/ --trust trust-root.json --every 300
  hocba-verify audit --record record/ --trust trust-root.json

\b
Exit codes: 0 valid · 10 recorded · 11 superseded · 12 revoked · 13 altered · 14 untrusted issuer · 15 unrecorded ·
16 unconfirmed · 17 not found · 18 not a transcript · 19 unreadable · 20 our fault.
Several files: 0 if all are valid, else 1.
"""


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


class _FilesFirst(click.Group):
    """A group whose command may be left out: what does not name one is files to verify."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in self.commands:
            args.insert(0, verify_command.name or "")
        return super().parse_args(ctx, args)


class _Unnamed(click.Command):
    """The command that may be left out: its help does not tell people to type a name."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        program = ctx.parent.command_path if ctx.parent else ctx.command_path
        formatter.write_usage(program, " ".join(self.collect_usage_pieces(ctx)))


@click.command("files", cls=_Unnamed, epilog=EPILOG)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--trust", required=True, type=click.Path(path_type=Path), help="The trust root, trust-root.json."
)
@click.option("--record", help="The public record: a folder or an https:// address.")
@click.option("--qr", help="The address that a QR code holds.")
@click.option("--serial", help="The serial printed below the QR code.")
@click.option("--offline", is_flag=True, help="Do without the record; nothing can then be valid.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line for each verdict.")
def verify_command(
    *,
    files: tuple[Path, ...],
    trust: Path,
    record: str | None,
    qr: str | None,
    serial: str | None,
    offline: bool,
    as_json: bool,
) -> None:
    """Verify digital transcripts (học bạ số): FILES, a QR code or a serial.

    Two commands look after the record itself: hocba-verify mirror --help, hocba-verify audit --help.
    """
    if [bool(files), qr is not None, serial is not None].count(True) != 1:
        raise click.UsageError("Give files, or --qr, or --serial.")
    if offline == (record is not None) or record == "":
        raise click.UsageError("Give --record, or --offline.")
    try:
        with _verifier(trust, record) as verifier:
            verdicts = []
            for verdict in _verdicts(verifier, files, qr, serial):
                click.echo(verdict.to_json() if as_json else _shown(verdict))
                verdicts.append(verdict.verdict)
    except HocbaError as error:
        _echo_error(error)
        sys.exit(VerdictCode.SERVICE_ERROR.exit_code)
    if len(verdicts) == 1:
        sys.exit(verdicts[0].exit_code)
    sys.exit(0 if all(code is VerdictCode.VALID for code in verdicts) else 1)


@contextmanager
def _verifier(trust: Path, record: str | None) -> Iterator[Verifier]:
    root = load_trust_root(trust)
    with tempfile.TemporaryDirectory(prefix="hocba-record-") as fetched:
        folder = Path(record) if record else None
        if record and "://" in record:
            folder = Path(fetched)
            update_mirror(record, folder, root)
        verifier = Verifier(root, folder, now=_now)
        try:
            if folder is not None:
                verifier.check_record()
            yield verifier
        finally:
            verifier.close()


@click.command("mirror")
@click.option(
    "--from",
    "address",
    required=True,
    envvar="HOCBA_VERIFY_MIRROR_FROM",
    show_envvar=True,
    help="The record's https:// address.",
)
@click.option(
    "--to",
    "folder",
    required=True,
    envvar="HOCBA_VERIFY_RECORD",
    show_envvar=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of the copy.",
)
@click.option(
    "--trust",
    required=True,
    envvar="HOCBA_VERIFY_TRUST",
    show_envvar=True,
    type=click.Path(path_type=Path),
    help="The trust root, trust-root.json.",
)
@click.option("--every", type=click.IntRange(10), help="Go on, updating after so many seconds.")
def mirror(*, address: str, folder: Path, trust: Path, every: int | None) -> None:
    """Keep a copy of a public record, to verify from and to give out by any static server.

    What is new must continue what is here; a record that shrank or was rewritten is refused, and the evidence kept.
    It may be stopped at any moment; the next run goes on from there.

    Exit codes: 0 up to date; 1 refused, with a sentence.
    """
    while True:
        try:
            report = update_mirror(address, folder, load_trust_root(trust))
            age = record_age(report.clock_time, _now())
            click.echo(
                f"{_now():%Y-%m-%dT%H:%M:%SZ} {report.old_size} → {report.size} mục / entries. {age.vi} / {age.en}"
            )
            for path in report.missing:
                click.echo(f"Nơi công bố chưa có / missing at the source: {path}", err=True)
        except (HocbaError, OSError) as error:
            click.echo(f"{_now():%Y-%m-%dT%H:%M:%SZ}", err=True)
            _echo_error(error)
            if every is None:
                sys.exit(1)
        if every is None:
            return
        time.sleep(every)


@click.command("audit")
@click.option(
    "--record",
    required=True,
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="The record's folder.",
)
@click.option(
    "--trust", required=True, type=click.Path(path_type=Path), help="The trust root, trust-root.json."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def audit(*, record: Path, trust: Path, as_json: bool) -> None:
    """Read the whole record again and compute everything anew; name each difference. Exit code 0 if there is none."""
    try:
        report = audit_record(record, load_trust_root(trust), now=_now())
    except (HocbaError, OSError) as error:
        _echo_error(error)
        sys.exit(VerdictCode.SERVICE_ERROR.exit_code)
    if as_json:
        click.echo(report.to_json())
    else:
        for one in report.differences:
            click.echo(f"{one.where}: {one.text.vi} / {one.text.en} [{one.code}]")
        read = (
            f"{report.entries} mục / entries, {report.tiles} mảnh / tiles, {report.lists} danh sách / lists"
        )
        click.echo(f"{read}: {len(report.differences)} sai khác / differences")
    sys.exit(1 if report.differences else 0)


def _echo_error(error: HocbaError | OSError) -> None:
    if isinstance(error, HocbaError):
        click.echo(f"{error.text.vi}\n{error.text.en} [{error.code}]", err=True)
        return
    name, reason = error.filename or "", error.strerror
    click.echo(
        f"Không đọc hoặc ghi được {name}: {reason}. Hãy xem đường dẫn, quyền và chỗ trống trên đĩa.\n"
        f"Cannot read or write {name}: {reason}. Check path, permissions and free space. [file-error]",
        err=True,
    )


@click.group(cls=_FilesFirst)
def main() -> None:
    """Verify digital transcripts (học bạ số)."""


for command in (verify_command, mirror, audit):
    main.add_command(command)


def _verdicts(
    verifier: Verifier, files: tuple[Path, ...], qr: str | None, serial: str | None
) -> Iterator[Verdict]:
    if qr is not None:
        yield verifier.qr(qr)
    elif serial is not None:
        yield verifier.serial(serial)
    for file in files:
        yield _verify_file(verifier, file)


def _verify_file(verifier: Verifier, file: Path) -> Verdict:
    try:
        data = read_regular_file(file, MAX_FILE_BYTES)
    except OSError:
        return verifier.missing_file()
    return verifier.file(data, name=file.name)


def _shown(verdict: Verdict) -> str:
    lines = [
        *(["BẢN THỬ / TEST"] if verdict.test else []),
        f"{verdict.headline.vi} / {verdict.headline.en} [{verdict.verdict}]",
        *([f"  {verdict.source.name}"] if verdict.source and verdict.source.name else []),
        *(
            f"  {_MARKS[check.status]} {check.id}: {check.detail.vi} / {check.detail.en}"
            for check in verdict.checks
        ),
    ]
    if verdict.document is not None:
        document = verdict.document
        lines.append(f"  {document.full_name}, {document.birth_date:%d/%m/%Y}, {document.school}")
    if verdict.subject == "qr" and verdict.document is not None:
        for year in verdict.document.years:
            lines.append(f"  {year.school_year}, lớp {year.grade}:")
            lines += [
                f"    {row.subject}: {row.semester1} · {row.semester2} · {row.year}" for row in year.subjects
            ]
    if verdict.record is not None:
        record = verdict.record
        lines.append(
            f"  {record.school_name or record.school_code}; {record.issued_at:%d/%m/%Y}; "
            f"#{record.index} / {record.tree_size}"
        )
    lines += [f"  · {note.vi} / {note.en}" for note in verdict.notes]
    return "\n".join(lines)
