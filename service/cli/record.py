"""`hocba record …`: tend the public record (sổ cấp)."""

from __future__ import annotations

from pathlib import Path

import click

from service.cli.command import data_option, open_installation, refusals


@click.group("record")
def record_group() -> None:
    """Tend the public record (sổ cấp)."""


@record_group.command()
@data_option
@refusals
def publish(*, data: Path) -> None:
    """Publish again: a checkpoint with the present time and, where it is due, a status list. Run it hourly."""
    checkpoint = open_installation(data).publish()
    click.echo(f"size {checkpoint.size}, root {checkpoint.root.hex()}")
