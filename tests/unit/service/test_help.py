"""The help of the commands, as a list that people read on a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from service.cli import main as hocba
from verify.cli import main as hocba_verify


def _commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(context := click.Context(command)):
            each = command.get_command(context, name)
            assert each is not None
            yield from _commands(each, f"{path} {name}")


ALL = [*_commands(hocba, "hocba"), *_commands(hocba_verify, "hocba-verify")]
GROUPS = [(path, group) for path, group in ALL if isinstance(group, click.Group)]


@pytest.mark.parametrize(("path", "group"), GROUPS)
def test_summaries_are_whole(path: str, group: click.Group) -> None:
    """The line of each command ends with a sentence, not in the middle of one, nor at an abbreviation."""
    context = click.Context(group, info_name=path, terminal_width=78)
    formatter = context.make_formatter()
    group.format_commands(context, formatter)
    listed = formatter.getvalue()
    assert listed.count("\n") > len(group.list_commands(context))
    assert "..." not in listed
    assert "(KT.\n" not in listed


@pytest.mark.parametrize(("path", "command"), ALL)
def test_help_shows_no_marks_for_the_formatter(path: str, command: click.Command) -> None:
    """What is laid out by hand stays so, and no mark that asks for it is shown."""
    shown = command.get_help(click.Context(command, info_name=path, terminal_width=78))
    assert [mark for mark in ("\\b", "\b", "\f") if mark in shown] == []


def test_each_name_of_the_table_is_the_name_of_its_command() -> None:
    """What is listed without being loaded is what is loaded."""
    context = click.Context(hocba)
    loaded = [hocba.get_command(context, name) for name in hocba.list_commands(context)]
    assert [one.name for one in loaded if one] == hocba.list_commands(context)


def test_help_of_verifying_lists_every_option_in_its_section() -> None:
    """What is verified, by what, and many files: headings of their own; the commands stand below."""
    group = click.Context(hocba_verify, info_name="hocba-verify")
    command = hocba_verify.commands["files"]
    shown = command.get_help(command.make_context("files", ["--serial", "x", "--trust", "y"], parent=group))
    headings = [line for line in shown.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert headings == [
        "What to verify, beside FILES:",
        "By what:",
        "Many files:",
        "Other options:",
        "Commands:",
    ]
    for option in command.params:
        assert all(f" {name} " in shown for name in option.opts if name.startswith("--"))
