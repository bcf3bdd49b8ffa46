"""The commands start without what they do not need."""

from __future__ import annotations

import json
import subprocess
import sys

_ASKED = """
import json, sys
from click.testing import CliRunner
from service.cli import main
shown = CliRunner().invoke(main, sys.argv[1:])
print(json.dumps([shown.exit_code, sorted({name.partition(".")[0] for name in sys.modules})]))
"""


def _loaded(*arguments: str) -> tuple[int, set[str]]:
    done = subprocess.run(
        [sys.executable, "-c", _ASKED, *arguments], check=True, capture_output=True, text=True
    )
    code, modules = json.loads(done.stdout)
    return code, set(modules)


def test_the_list_of_commands_loads_none_of_them() -> None:
    """An old computer shows it at once."""
    code, modules = _loaded("--help")
    assert code == 0
    assert modules & {"sqlalchemy", "cryptography", "pydantic", "keys", "verify"} == set()


def test_a_command_loads_its_own_libraries_alone() -> None:
    """Who approves needs no spreadsheets."""
    code, modules = _loaded("approve", "--help")
    assert code == 0
    assert "sqlalchemy" in modules
    assert "openpyxl" not in modules


def test_an_unknown_command_is_a_wrong_command_line() -> None:
    """Exit code 2, as of every wrong command line."""
    code, _ = _loaded("isue")
    assert code == 2
