"""The suite fails where a linter, the type checker or an import rule would."""

from __future__ import annotations

import sys

import pytest

from tests.meta.repository import PACKAGES, ROOT, imports, modules, run, tool, tracked

COMMANDS = {
    "ruff-check": [tool("ruff"), "check"],
    "ruff-format": [tool("ruff"), "format", "--check"],
    "mypy": [tool("mypy")],
    "import-linter": [tool("lint-imports"), "--no-logo"],
}
SCHEMAS_MAY_IMPORT = {"pydantic", "cbor2", "rfc8785"}
MAX_LINES = 400


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
def test_linter_finds_nothing(command: list[str]) -> None:
    """ruff, mypy --strict and import-linter have nothing to say about this tree."""
    run(*command)


def test_schemas_import_only_what_is_allowed() -> None:
    """`schemas` imports the standard library, pydantic, cbor2, rfc8785 and itself."""
    allowed = SCHEMAS_MAY_IMPORT | set(sys.stdlib_module_names) | {"schemas"}
    found = {path: imports(path) - allowed for path in modules() if path.startswith("schemas/")}
    assert {path: names for path, names in found.items() if names} == {}


def test_no_file_is_long() -> None:
    """No source file has more than 400 lines."""
    folders = {*PACKAGES, "tests", "scripts", "bench"}
    sources = [
        p for p in tracked() if p.split("/")[0] in folders and p.endswith((".py", ".sh", ".typ", ".html"))
    ]
    lengths = {path: len((ROOT / path).read_bytes().splitlines()) for path in sources}
    assert {path: length for path, length in lengths.items() if length > MAX_LINES} == {}
