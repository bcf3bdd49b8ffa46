"""`hocba-verify`: verify files, a QR code or a serial; mirror a record, audit one; keep a trust root.

Exit codes are those of docs/formats/verdict.md.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import click

from schemas.errors import HocbaError
from schemas.record.trust_root import TrustRoot
from schemas.transcript.model import Kind
from schemas.verdict import CheckStatus, Verdict, VerdictCode
from verify.audit import audit_record
from verify.command import SectionedCommand, echo_error, present_time, trust_option
from verify.desk.applicants import Applicant
from verify.desk.intake import is_desk_work
from verify.desk_cli import check_out, load_applicants, run_desk
from verify.files import read_regular_file
from verify.messages import record_age
from verify.mirror import update_mirror
from verify.offline_pack import PackView
from verify.pack_cli import pack_command, read_packs
from verify.pack_mirror import fetch_packs
from verify.record_index import index_beside
from verify.record_reader import RecordReader
from verify.token_cli import api_token_command
from verify.transcript import MAX_FILE_BYTES
from verify.trust import load_trust_root
from verify.trust_cli import trust_group
from verify.trust_expiry import check_not_expired, expiry_warning
from verify.trust_updates import fetch_updates, publish_versions
from verify.verifier import Verifier

_MARKS = {CheckStatus.PASS: "✓", CheckStatus.FAIL: "✗", CheckStatus.UNKNOWN: "?"}
EPILOG = """\b
Examples:
  hocba-verify hoc-ba.pdf --trust trust-root.json --record record/
  hocba-verify *.pdf --trust trust-root.json --record https://HOST/record --json
  hocba-verify ho-so/ them.zip --applicants thi-sinh.xlsx --out ket-qua.xlsx --trust FOLDER --record record/
  hocba-verify --serial XXXX-XXXX-XXXX-XXXX-X --trust trust-root.json --record record/
  hocba-verify --offline --pack HN-0001.pack --qr https://… --trust trust-root.json
  hocba-verify mirror --from https://HOST/record --to record/ --trust trust-root.json --every 300
  hocba-verify audit --record record/ --trust trust-root.json
  hocba-verify trust accept trust-root.json --fingerprint HEX --trust FOLDER

\b
Exit codes: 0 valid · 10 recorded · 11 superseded · 12 revoked · 13 altered · 14 untrusted issuer · 15 unrecorded ·
16 unconfirmed · 17 not found · 18 not a transcript · 19 unreadable · 20 our fault.
Several files, a folder or a .zip: 0 if all are valid and agree with the list, else 1. 2: a list or an option is wrong.
"""


class _FilesFirst(click.Group):
    """A group whose command may be left out: what does not name one is files to verify."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in self.commands:
            args.insert(0, verify_command.name or "")
        return super().parse_args(ctx, args)


class _UnnamedContext(click.Context):
    @property
    def command_path(self) -> str:
        return self.parent.command_path if self.parent else super().command_path


class _Unnamed(SectionedCommand):
    """The command that may be left out: its help and its errors do not tell people to type a name."""

    context_class = _UnnamedContext
    sections: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "What to verify, beside FILES": ("qr", "serial"),
        "By what": ("trust", "record", "index", "offline", "packs"),
        "Many files": ("applicants", "out"),
    }


_index_option = click.option(
    "--index",
    envvar="HOCBA_VERIFY_INDEX",
    show_envvar=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of the record's index; where none is given, RECORD.index beside the record.",
)


@click.command(
    "files", short_help="Verify transcripts; this name may be left out.", cls=_Unnamed, epilog=EPILOG
)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@trust_option
@click.option("--record", help="The public record: a folder or an https:// address.")
@_index_option
@click.option("--qr", help="The address that a QR code holds.")
@click.option("--serial", help="The serial printed below the QR code.")
@click.option(
    "--applicants",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Match with this list of applicants, .xlsx or .csv (docs/admissions-desk.md).",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=check_out,
    help="Write the results to this .xlsx or .csv.",
)
@click.option("--offline", is_flag=True, help="Do without the record; nothing can then be valid.")
@click.option(
    "--pack",
    "packs",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="An offline pack to check a QR code with; see hocba-verify pack --help.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line for each verdict.")
def verify_command(  # noqa: PLR0913 - a parameter for each option
    *,
    files: tuple[Path, ...],
    trust: Path,
    record: str | None,
    index: Path | None,
    qr: str | None,
    serial: str | None,
    applicants: Path | None,
    out: Path | None,
    offline: bool,
    packs: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Verify digital transcripts (học bạ số): FILES, a QR code or a serial.

    FILES may be folders and .zip archives; then, or with --applicants or --out, the results are listed as at an
    admissions desk: what needs attention comes first.
    """
    if [bool(files), qr is not None, serial is not None].count(True) != 1:
        raise click.UsageError("Give files, or --qr, or --serial.")
    if offline == (record is not None) or record == "":
        raise click.UsageError("Give either --record or --offline.")
    if packs and not (offline and qr is not None):
        raise click.UsageError("A pack is for --offline and --qr.")
    is_desk = bool(applicants or out) or is_desk_work(files)
    if is_desk and not files:
        raise click.UsageError("--applicants and --out go with files.")
    listed = _listed(applicants)
    try:
        with _verifier(trust, record, index) as verifier:
            if is_desk:
                sys.exit(run_desk(verifier, files, listed, out=out, as_json=as_json))
            verdicts = []
            opened = read_packs(packs, verifier.trust)
            for verdict in _verdicts(verifier, files, qr, serial, opened):
                click.echo(verdict.to_json() if as_json else _shown(verdict))
                verdicts.append(verdict.verdict)
    except (HocbaError, OSError) as error:
        echo_error(error)
        sys.exit(VerdictCode.SERVICE_ERROR.exit_code)
    if len(verdicts) == 1:
        sys.exit(verdicts[0].exit_code)
    sys.exit(0 if all(code is VerdictCode.VALID for code in verdicts) else 1)


def _listed(path: Path | None) -> tuple[Applicant, ...] | None:
    try:
        return load_applicants(path)
    except (HocbaError, OSError) as error:
        echo_error(error)
        sys.exit(2)


@contextmanager
def _verifier(trust: Path, record: str | None, index: Path | None) -> Iterator[Verifier]:
    root = _usable(load_trust_root(trust))
    with tempfile.TemporaryDirectory(prefix="hocba-record-") as fetched:
        folder = Path(record) if record else None
        if record and "://" in record:
            folder, index = Path(fetched), None
            update_mirror(record, folder, root)
        elif folder is not None:
            index = index or index_beside(folder)
        verifier = Verifier(root, folder, index=index, now=present_time)
        try:
            if folder is not None:
                verifier.check_record()
            yield verifier
        finally:
            verifier.close()


@click.command("mirror", short_help="Keep a copy of a public record, to verify from.")
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
@trust_option
@_index_option
@click.option("--every", type=click.IntRange(10), help="Go on, updating after so many seconds.")
def mirror(*, address: str, folder: Path, trust: Path, index: Path | None, every: int | None) -> None:
    """Keep a copy of a public record, to verify from and to give out by any static server.

    What is new must continue what is here; a record that shrank or was rewritten is refused, and the evidence kept.
    The index of the copy grows with it. It may be stopped at any moment; the next run goes on from there. Newer
    versions of the trust root that lie beside the record are taken first, by the signatures of the root keys, where
    --trust is a folder.

    Exit codes: 0 up to date; 1 refused, with a sentence.
    """
    known, reader = None, None
    while True:
        refused = _follow_trust_root(address, folder, trust)
        try:
            root = _usable(load_trust_root(trust))
            report = update_mirror(address, folder, root)
            now = present_time()
            age = record_age(report.clock_time, now)
            click.echo(
                f"{now:%Y-%m-%dT%H:%M:%SZ} {report.old_size} → {report.size} mục / entries. {age.vi} / {age.en}"
            )
            for path in report.missing:
                click.echo(f"Nơi công bố chưa có / missing at the source: {path}", err=True)
            if reader is None or root != known:
                known, reader = root, RecordReader(folder, root, index or index_beside(folder))
            # Whoever verifies from this folder finds the index as far as the record.
            fetch_packs(address, folder, root, reader.view().ledger.issuers.schools())
        except (HocbaError, OSError) as error:
            click.echo(f"{present_time():%Y-%m-%dT%H:%M:%SZ}", err=True)
            echo_error(error)
            refused = True
        if every is None:
            sys.exit(1 if refused else 0)
        time.sleep(every)


def _follow_trust_root(address: str, folder: Path, trust: Path) -> bool:
    """Take newer versions and give them on to those who verify from the mirror; True where something was refused.

    Whatever is wrong with them must not hold back what is new in the record.
    """
    if not trust.is_dir():
        return False
    try:
        for envelope in fetch_updates(address, trust):
            click.echo(
                f"{present_time():%Y-%m-%dT%H:%M:%SZ} gốc tin cậy bản / trust root version {envelope.root.version}: "
                f"{envelope.fingerprint()}"
            )
        publish_versions(address, folder, trust)
    except (HocbaError, OSError) as error:
        click.echo(f"{present_time():%Y-%m-%dT%H:%M:%SZ} gốc tin cậy / trust root:", err=True)
        echo_error(error)
        return True
    return False


@click.command("audit", short_help="Read a whole record again and compute it anew.")
@click.option(
    "--record",
    required=True,
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="The record's folder.",
)
@trust_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def audit(*, record: Path, trust: Path, as_json: bool) -> None:
    """Read the whole record again and compute everything anew; name each difference. Exit code 0 if there is none."""
    try:
        report = audit_record(record, _usable(load_trust_root(trust)), now=present_time())
    except (HocbaError, OSError) as error:
        echo_error(error)
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


def _usable(trust: TrustRoot) -> TrustRoot:
    """Return a trust root that has not expired, after warning where it soon will."""
    check_not_expired(trust, present_time())
    warning = expiry_warning(trust, present_time())
    if warning is not None:
        click.echo(f"{warning.vi}\n{warning.en}", err=True)
    return trust


@click.group(cls=_FilesFirst)
def main() -> None:
    """Verify digital transcripts (học bạ số)."""


for command in (verify_command, mirror, audit, pack_command, trust_group, api_token_command):
    main.add_command(command)


def _verdicts(
    verifier: Verifier,
    files: tuple[Path, ...],
    qr: str | None,
    serial: str | None,
    packs: Mapping[str, PackView],
) -> Iterator[Verdict]:
    if qr is not None:
        yield verifier.qr_by_packs(qr, packs) if packs else verifier.qr(qr)
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
                f"    {row.subject}: {row.level} · {row.test}"
                if year.grade in Kind.PRIMARY.grades
                else f"    {row.subject}: {row.semester1} · {row.semester2} · {row.year}"
                for row in year.subjects
            ]
    if verdict.record is not None:
        record = verdict.record
        lines.append(
            f"  {record.school_name or record.school_code}; {record.issued_at:%d/%m/%Y}; "
            f"#{record.index} / {record.tree_size}"
        )
    lines += [f"  · {note.vi} / {note.en}" for note in verdict.notes]
    return "\n".join(lines)
