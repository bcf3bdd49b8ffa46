"""A group of commands that are loaded when they are called: its help needs none of the libraries behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

import click


@dataclass(frozen=True, slots=True)
class Entry:
    """A command: where it is defined, as `module:name`, and its line in the list of commands."""

    place: str
    summary: str

    def load(self) -> click.Command:
        """Import what the command needs, and return it."""
        module, _, name = self.place.partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)  # noqa: S101 (a table of our own, held by a test)
        return command


class CommandTable(click.Group):
    """A group whose commands stand in a table by sections; its help imports none of them."""

    sections: Mapping[str, Mapping[str, Entry]] = {}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (the signature is click's)
        """Return the names of all commands, in the order of the table."""
        return [name for section in self.sections.values() for name in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a command by its name; only this imports it."""
        found = [section[cmd_name] for section in self.sections.values() if cmd_name in section]
        return found[0].load() if found else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections; their lines begin in one column."""
        width = max(map(len, self.list_commands(ctx)))
        for heading, section in self.sections.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(width), entry.summary) for name, entry in section.items()])
