"""A group of commands that are loaded when they are called: its help needs none of the libraries behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from traceback import walk_tb
from typing import Any, Final

import click
from click.exceptions import Exit

from service.errors import ServiceError

_PACKAGES: Final = frozenset({"keys", "schemas", "service", "verify"})


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

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command. A fault of ours that holds what did not fit is told without it: it may be a child's data."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, Exit):
            raise
        except Exception as error:
            if not _holds_data(error):
                raise
            fault = _fault_of_ours(error)
            raise click.ClickException(f"{fault.text.vi}\n{fault.text.en} [{fault.code}]") from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections; their lines begin in one column."""
        width = max(map(len, self.list_commands(ctx)))
        for heading, section in self.sections.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(width), entry.summary) for name, entry in section.items()])


def _holds_data(error: BaseException | None) -> bool:
    """Whether an error, or one that it came from, is of a model: its text and its trace may say what did not fit."""
    kind: type[BaseException] = import_module("pydantic").ValidationError
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error is not None


def _fault_of_ours(error: BaseException) -> ServiceError:
    """Return what is said in place of a trace: where in the code, and nothing of the data."""
    frames = [(frame.f_globals.get("__name__", ""), line) for frame, line in walk_tb(error.__traceback__)]
    module, line = [one for one in frames if one[0].partition(".")[0] in _PACKAGES][-1]
    return ServiceError(
        "data-unexpected",
        f"Dữ liệu không có dạng mà hệ thống chờ đợi ({module}:{line}); hãy báo kèm dòng này. Dữ liệu không được in.",
        f"Data are not of the form that was expected ({module}:{line}); report this line. The data are not printed.",
    )
