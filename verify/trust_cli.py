"""`hocba-verify trust …`: accept a trust root by its fingerprint, take newer versions, show the one in use."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from schemas.errors import HocbaError
from schemas.record.envelope import MAX_ENVELOPE_BYTES, Envelope
from schemas.record.trust_root import TrustRoot
from verify.command import echo_error, present_time, trust_option
from verify.files import read_regular_file
from verify.trust import accept_trust_root, kept_versions, load_trust_root, read_trust_root, take_updates
from verify.trust_expiry import days_left, expiry_warning
from verify.trust_updates import fetch_updates


@click.group("trust", short_help="Keep the trust root (gốc tin cậy).")
def trust_group() -> None:
    """Keep the trust root: whom this verifier believes, and until when."""


@trust_group.command(short_help="Keep the first copy, by its fingerprint.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--fingerprint", required=True, help="SHA-256 of the file, as the authority gave it by another way."
)
@trust_option
def accept(*, file: Path, fingerprint: str, trust: Path) -> None:
    """Keep the first copy, FILE, in the folder of --trust, if its fingerprint is the one given.

    The fingerprint comes by another way than the file: a signed letter, a telephone call to a number that is known.
    """
    with _refusals():
        envelope = accept_trust_root(read_regular_file(file, MAX_ENVELOPE_BYTES), fingerprint, trust)
        _echo(envelope)


@trust_group.command(short_help="Take newer versions, one after the other.")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--from", "address", help="The record's https:// address: take the versions that lie beside it."
)
@trust_option
def update(*, files: tuple[Path, ...], address: str | None, trust: Path) -> None:
    """Take newer versions, FILES in their order, or those beside a record; older ones stay in the folder.

    Each must be the next version and be signed by enough root keys of the one before it and of its own. An older
    version is refused, as are a gap and a change between test and real.
    """
    if bool(files) == (address is not None):
        raise click.UsageError("Give files, or --from.")
    with _refusals():
        if address is not None:
            taken = fetch_updates(address, trust)
        else:
            taken = take_updates(trust, [read_regular_file(file, MAX_ENVELOPE_BYTES) for file in files])
        if not taken:
            click.echo("Chưa có bản nào mới hơn / There is no newer version.")
        _echo(kept_versions(trust)[-1])


@trust_group.command(short_help="Show version, keys, and days left.")
@trust_option
def show(*, trust: Path) -> None:
    """Show version, fingerprint, keys, and how long the trust root will be believed. Exit code 1: it has expired."""
    with _refusals():
        load_trust_root(trust)
        versions = kept_versions(trust) if trust.is_dir() else (read_trust_root(trust),)
        _echo(versions[-1])
        if trust.is_dir():
            kept = ", ".join(str(one.root.version) for one in versions)
            click.echo(
                f"các bản đã giữ / kept   {kept} (bản đầu theo vân tay / the first by its fingerprint)"
            )
    if days_left(versions[-1].root, present_time()) <= 0:
        sys.exit(1)


def _echo(envelope: Envelope) -> None:
    root, now = envelope.root, present_time()
    if root.test:
        click.echo("BẢN THỬ / TEST")
    days = days_left(root, now)
    left = f"còn {days} ngày / {days} days left" if days > 0 else "ĐÃ HẾT HẠN / EXPIRED"
    click.echo(f"bản / version           {root.version}")
    click.echo(f"vân tay / fingerprint   {envelope.fingerprint()}")
    click.echo(f"hết hạn / expires       {root.expires} ({left})")
    click.echo(f"cần chữ ký / threshold  {root.threshold} trên / of {len(root.root_keys)}")
    for line in _named(root):
        click.echo(line)
    warning = expiry_warning(root, now)
    if warning is not None:
        click.echo(f"{warning.vi}\n{warning.en}", err=True)


def _named(root: TrustRoot) -> Iterator[str]:
    for key in root.root_keys:
        yield f"khoá gốc / root key     {key.key_id}"
    for log in root.logs:
        yield f"sổ cấp / log            {log.origin}  {_schools(log.school_prefixes)}"
    for registrar in root.registrars:
        yield f"nơi đăng ký / registrar {registrar.key_id}  {_schools(registrar.school_prefixes)}"
    for anchors in root.anchors:
        yield f"neo chứng thư / anchors {anchors.set}  {len(anchors.certificates)}"
    for host in root.hosts:
        yield f"trang kiểm tra / host   {host}"


def _schools(prefixes: tuple[str, ...]) -> str:
    return " ".join(f"{prefix}*" for prefix in prefixes)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (HocbaError, OSError) as error:
        echo_error(error)
        sys.exit(1)
