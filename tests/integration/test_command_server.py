"""A forked command is to a test what the installed one is to a person."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.command_server import run_forked
from tests.support.commands import BIN
from tests.support.demonstration import Demonstration


@pytest.mark.parametrize(
    ("program", "arguments"),
    [
        ("hocba", ["schools", "list", "--data", "data", "--json"]),
        ("hocba", ["schools", "show", "KHONG-CO", "--data", "data"]),
        ("hocba", ["schools", "lost"]),
        ("hocba-verify", ["--help"]),
        ("hocba-verify", ["data/trust-root.json", "--trust", "data/trust-root.json", "--offline"]),
    ],
)
def test_exit_code_and_outputs_are_those_of_the_installed_command(
    demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch, program: str, arguments: list[str]
) -> None:
    """Done, refused and mistyped: the same exit code, the same words on the same output, in the same folder."""
    monkeypatch.chdir(demonstration.data.parent)
    installed = subprocess.run([BIN / program, *arguments], check=False, capture_output=True, text=True)
    forked = run_forked(program, arguments)
    assert forked.returncode == installed.returncode
    assert without_times(forked.stdout) == without_times(installed.stdout)
    assert forked.stderr == installed.stderr


def without_times(said: str) -> str:
    """Return the lines of an output but for those that say when."""
    return "\n".join(line for line in said.splitlines() if "checked_at" not in line)


def test_environment_is_that_of_the_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test sets after the first command was run is what the next one sees."""
    monkeypatch.setenv("HOCBA_VERIFY_TRUST", str(tmp_path / "nowhere.json"))
    refused = run_forked("hocba-verify", ["--serial", "0123456789ABCDEFK", "--offline"])
    assert "nowhere.json" in refused.stderr + refused.stdout
    monkeypatch.delenv("HOCBA_VERIFY_TRUST")
    refused = run_forked("hocba-verify", ["--serial", "0123456789ABCDEFK", "--offline"])
    assert "--trust" in refused.stderr
