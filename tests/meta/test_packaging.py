"""What is installed: the names, the wheel's content, the extras, and the verifier on its own."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.meta.repository import PACKAGES, imports, modules, product_files, read, run, uv
from tests.support.demonstration import Demonstration

EXTRAS = tomllib.loads(read("pyproject.toml"))["project"]["optional-dependencies"]
NOT_FOR_VERIFYING = {"sqlalchemy", "alembic", "typst", "pikepdf", "qrcode", "openpyxl", "numpy"}
IMPORT_EVERY_MODULE = """
import importlib, pkgutil
for package in map(importlib.import_module, ("schemas", "verify")):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
"""


@pytest.mark.parametrize("package", PACKAGES)
def test_names_are_ours_alone(package: str) -> None:
    """No other installed distribution brings a package of one of our names."""
    assert set(packages_distributions().get(package, [])) <= {"hocba"}
    assert package not in sys.stdlib_module_names


def test_wheel_holds_every_file(wheel: Path) -> None:
    """The wheel holds each module, template, font and static file of the four packages, and nothing else."""
    held = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == set(product_files())


@pytest.mark.parametrize(
    ("extra", "packages"), [("verify", ("schemas", "verify")), ("service", ("keys", "service"))]
)
def test_extra_installs_what_is_imported(extra: str, packages: tuple[str, ...]) -> None:
    """Each requirement of an extra is imported by the code that the extra is for."""
    imported = {name for path in modules() if path.split("/")[0] in packages for name in imports(path)}
    brought_by = packages_distributions()
    used = {_normal(name) for module in imported for name in brought_by.get(module, [])}
    named = {_normal(re.split(r"[>=<\[]", requirement)[0]) for requirement in EXTRAS[extra]} - {"hocba"}
    assert sorted(named - used) == []


def test_verify_extra_brings_no_issuing_library(verifier: Path) -> None:
    """An installed verifier has no database, renderer or workbook library."""
    listing = run(uv(), "pip", "list", "--format", "json", "--python", verifier / "bin/python")
    assert {package["name"] for package in json.loads(listing)} & NOT_FOR_VERIFYING == set()


def test_verifier_imports_without_service_and_keys(verifier: Path) -> None:
    """With `service` and `keys` deleted, every module of `schemas` and `verify` still imports."""
    run(verifier / "bin/python", "-c", IMPORT_EVERY_MODULE, cwd=verifier)


def test_verifier_verifies_without_service_and_keys(verifier: Path, released: Demonstration) -> None:
    """With `service` and `keys` deleted, `hocba-verify` finds a released transcript valid."""
    file = next((released.data / "issued").iterdir())
    options = ("--trust", released.trust_file, "--record", released.record, "--json")
    answer = run(verifier / "bin/hocba-verify", file, *options, cwd=verifier)
    assert json.loads(answer)["verdict"] == "valid"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
