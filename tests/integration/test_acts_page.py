"""docs/acts.md names each form of the console, each act of the API and its scope, and commands that are there."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from flask import Flask

from service.app import create_app
from service.cli import main
from service.web.api.operations import IssuingAPI
from service.web.policy import Reach, policy_of
from tests.support.demonstration import Demonstration

PAGE = Path(__file__).parents[2] / "docs/acts.md"


@pytest.fixture
def app(released: Demonstration) -> Flask:
    """The application."""
    return create_app(released.installation)


def cells() -> list[list[str]]:
    """Return the rows of the table of acts."""
    rows = [line.strip("| ").split(" | ") for line in PAGE.read_text("utf-8").splitlines() if "|" in line]
    return [row for row in rows if len(row) == 5 and row[0] not in {"act", "---"}][0:]


def quoted(column: int) -> list[str]:
    """Return what stands in backquotes in a column."""
    return [one for row in cells() for one in re.findall(r"`([^`]+)`", row[column])]


def plain(rule: str) -> str:
    """Return a rule without the kinds of its arguments."""
    return re.sub(r"<(?:[^<>:]+:)?(\w+)>", r"<\1>", rule)


def test_every_form_of_the_console_has_its_row(app: Flask) -> None:
    """What people send, but for the pages of signing in, is in the table, and nothing else is."""
    forms = set()
    for rule in app.url_map.iter_rules():
        policy = policy_of(app, rule.endpoint)
        if "POST" in (rule.methods or ()) and rule.endpoint.startswith("console."):
            assert policy is not None
            if policy.reach is not Reach.CLOSED:
                forms.add(f"POST {plain(rule.rule)}")
    assert set(quoted(2)) == forms


def test_every_act_of_the_api_has_its_row_and_scope(app: Flask) -> None:
    """Each act is in the table once, beside the scopes that open it."""
    api = app.blueprints["api"]
    assert isinstance(api, IssuingAPI)
    scopes = {
        f"POST {rule.rule.removeprefix('/api/v1')}": set(map(str, operation.scopes))
        for rule in app.url_map.iter_rules()
        if (operation := api.operations.get(rule.endpoint)) is not None and operation.is_act
    }
    assert sorted(quoted(3)) == sorted(scopes)
    for row in cells():
        named = set(re.findall(r"`([^`]+)`", row[1]))
        acts = re.findall(r"`([^`]+)`", row[3])
        assert not acts or named == set.union(*(scopes[act] for act in acts)), row[0]


def test_every_command_of_the_table_is_there() -> None:
    """Each is found from `hocba`, and its help says what it does."""
    for words in (one.split() for one in quoted(4) if one.startswith("hocba ")):
        command: click.Command | None = main
        for word in words[1:]:
            assert isinstance(command, click.Group), words
            command = command.get_command(click.Context(command), word)
        assert command is not None, words
        assert command.help, words
