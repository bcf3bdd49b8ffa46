"""`hocba trust …`: the trust root (gốc tin cậy) that the world is given: take its next version, show it."""

from __future__ import annotations

from pathlib import Path

import click

from schemas.record.envelope import MAX_ENVELOPE_BYTES, Envelope
from service.cli.command import data_option, open_installation, refusals
from service.installation import Installation
from service.installation_parts import TRUST_ROOT
from service.record.publisher import Publisher
from service.trust import TrustTools, update_trust_root
from verify.files import read_regular_file
from verify.trust import read_trust_root
from verify.trust_expiry import days_left, expiry_warning


@click.group("trust")
def trust_group() -> None:
    """Take and show the trust root (gốc tin cậy) that the world is given; its versions are made by hocba keys."""


@trust_group.command(short_help="Take the next versions, and publish them.")
@click.argument("files", nargs=-1, required=True, type=click.Path(dir_okay=False, path_type=Path))
@data_option
@refusals
def update(*, files: tuple[Path, ...], data: Path) -> None:
    """Take the next versions, FILES in their order, and publish them beside the record.

    Each must be signed by enough root keys of the version before it and of its own. Running services take the last one
    by themselves, with the next thing that they do; mirrors with their next update.
    """
    installation = open_installation(data)
    versions = [read_regular_file(file, MAX_ENVELOPE_BYTES) for file in files]
    _echo(installation, update_trust_root(trust_tools(installation), versions, now=installation.now()))
    click.echo("Đã công bố cùng sổ cấp / published beside the record")


@trust_group.command()
@data_option
@refusals
def show(*, data: Path) -> None:
    """Show version, fingerprint and expiry of the trust root in use."""
    installation = open_installation(data)
    _echo(installation, read_trust_root(installation.folder(TRUST_ROOT)))


def trust_tools(installation: Installation) -> TrustTools:
    """Return what changing the trust root of an installation needs."""
    return TrustTools(
        installation.folder(TRUST_ROOT),
        Publisher(installation.folder("record")),
        installation.folder("state"),
        installation.settings.origin,
    )


def _echo(installation: Installation, envelope: Envelope) -> None:
    root, now = envelope.root, installation.now()
    click.echo(f"bản / version          {root.version}{'  BẢN THỬ / TEST' if root.test else ''}")
    click.echo(f"vân tay / fingerprint  {envelope.fingerprint()}")
    click.echo(f"hết hạn / expires      {root.expires} (còn {max(0, days_left(root, now))} ngày / days left)")
    warning = expiry_warning(root, now)
    if warning is not None:
        click.echo(f"{warning.vi}\n{warning.en}", err=True)
