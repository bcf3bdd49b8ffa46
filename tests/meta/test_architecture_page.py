"""docs/architecture.md says what each module is for, and nothing about modules that are not there."""

from __future__ import annotations

import re

from tests.meta.repository import ROOT, imports, modules, read

PAGE = read("docs/architecture.md")
MODULE_ROW = re.compile(r"^\| `((?:schemas|keys|verify|service)/[\w/.-]+)` \| (\S.*) \|$", re.MULTILINE)
LIBRARY_ROW = re.compile(r"^\| ([a-z0-9-]+) \| ((?:`[\w/.]+`(?:, )?)+) \| \S.* \|$", re.MULTILINE)
OWNERS_LIBRARIES = {"flask", "cryptography", "qrcode", "pypdf", "sqlalchemy"}


def test_every_module_has_one_line() -> None:
    """Each module with content has exactly one row, and each row names such a module."""
    migrations = "service/storage/migrations/versions/"
    expected = sorted(path for path in modules() if not path.startswith(migrations))
    assert sorted(path for path, _ in MODULE_ROW.findall(PAGE) if path.endswith(".py")) == expected


def test_every_named_file_exists() -> None:
    """Every path of the four packages that the page names is a file or a folder."""
    named = set(re.findall(r"`((?:schemas|keys|verify|service)/[\w/.-]+)`", PAGE))
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


def test_libraries_work_where_the_page_says() -> None:
    """Flask, cryptography, qrcode, pypdf and SQLAlchemy are each imported by the modules named for them."""
    rows = {name: re.findall(r"`([^`]+)`", paths) for name, paths in LIBRARY_ROW.findall(PAGE)}
    assert set(rows) >= OWNERS_LIBRARIES
    wrong = [(name, path) for name, paths in rows.items() for path in paths if name not in imports(path)]
    assert wrong == []
