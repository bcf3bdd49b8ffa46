"""docs/verification-tests.md: each line of the rule has its tests, and each test that it names is there."""

from __future__ import annotations

import ast
import json
import re

import pytest

from schemas.verdict import CheckId
from tests.meta.repository import ROOT, read

PAGE = "docs/verification-tests.md"
ROW = re.compile(r"^\| (.+?) \| (`.+`) \|$", re.MULTILINE)
ROWS = [(what, re.findall(r"`([^`]+)`", held)) for what, held in ROW.findall(read(PAGE))]
NAMED = sorted({name for _, held in ROWS for name in held})


@pytest.mark.parametrize("name", NAMED)
def test_named_test_is_there(name: str) -> None:
    """A function of a test file, a vector, or an attack of the table."""
    kind, _, rest = name.partition("/")
    if kind == "attack":
        rows = read("tests/vectors/pdf/attacks.tsv").splitlines()
        assert rest in {row.split("\t")[1] for row in rows}
    elif kind == "record":
        assert (ROOT / "tests" / "vectors" / "record" / f"{rest}.json").is_file()
    elif kind == "offline":
        assert rest in {
            case["name"] for case in json.loads(read("tests/vectors/offline/cases.json"))["cases"]
        }
    else:
        file, _, function = name.partition("::")
        assert function in _functions(f"tests/{file}")


def test_every_line_of_the_rule_has_a_row() -> None:
    """Those of docs/formats/verdict.md by their numbers, and every check."""
    said = [what for what, _ in ROWS]
    files, papers = (_numbered(f"## Which verdict: {what}") for what in ("files", "serial or QR"))
    expected = [
        *(f"`{check}`" for check in CheckId),
        *(f"file {n}" for n in files),
        *(f"paper {n}" for n in papers),
    ]
    assert [what for what in said if what in expected] == expected
    assert len(said) == len(set(said))


def _functions(path: str) -> set[str]:
    return {node.name for node in ast.parse(read(path)).body if isinstance(node, ast.FunctionDef)}


def _numbered(heading: str) -> list[int]:
    """Return the numbers of the list below a heading."""
    section = read("docs/formats/verdict.md").partition(f"{heading}\n")[2].partition("\n## ")[0]
    return [int(number) for number in re.findall(r"^([0-9]+)\. ", section, re.MULTILINE)]
