"""What the commands of `hocba-verify` share: the trust root's option, the clock, refusals as sentences."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import click

from schemas.errors import HocbaError

trust_option = click.option(
    "--trust",
    required=True,
    envvar="HOCBA_VERIFY_TRUST",
    show_envvar=True,
    type=click.Path(path_type=Path),
    help="The trust root: the folder of hocba-verify trust, or a demonstration's trust-root.json.",
)


class SectionedCommand(click.Command):
    """A command whose help lists its options by what they are for, and the commands beside it."""

    sections: ClassVar[Mapping[str, tuple[str, ...]]]
    """The names of the options below each heading; `help` and those that nobody named come last."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options in their sections, then the commands of the group that this one belongs to."""
        rows = {
            parameter.name: row
            for parameter in self.get_params(ctx)
            if isinstance(parameter, click.Option) and (row := parameter.get_help_record(ctx)) is not None
        }
        for heading, names in self.sections.items():
            with formatter.section(heading):
                formatter.write_dl([rows.pop(name) for name in names])
        with formatter.section("Other options"):
            formatter.write_dl(list(rows.values()))
        group = ctx.parent.command if ctx.parent else None
        if isinstance(group, click.Group):
            others = [one for one in group.commands.values() if one is not self]
            with formatter.section("Commands"):
                formatter.write_dl([(one.name or "", one.get_short_help_str(200)) for one in others])


def present_time() -> datetime:
    """Return the present time in whole seconds, UTC."""
    return datetime.now(UTC).replace(microsecond=0)


def echo_error(error: HocbaError | OSError) -> None:
    """Say on standard error what was refused, or why a file cannot be read or written."""
    if isinstance(error, HocbaError):
        click.echo(f"{error.text.vi}\n{error.text.en} [{error.code}]", err=True)
        return
    name, reason = error.filename or "", error.strerror
    click.echo(
        f"Không đọc hoặc ghi được {name}: {reason}. Hãy xem đường dẫn, quyền và chỗ trống trên đĩa.\n"
        f"Cannot read or write {name}: {reason}. Check path, permissions and free space. [file-error]",
        err=True,
    )
