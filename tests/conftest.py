"""What holds for every test: the marker of its folder, and one Hypothesis profile."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import settings
from jinja2 import FileSystemBytecodeCache

from tests.support.demonstration import Demonstration
from tests.support.softhsm import SoftHSM, forget_library
from verify.sandbox import Sandbox

TESTS = Path(__file__).parent

# A shared machine is slow at times; a fixed seed makes a failure the same failure for everyone.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make e2e` ask for every combination where `make test` takes each pair."""
    parser.addoption(
        "--every-combination", action="store_true", help="Try every combination, not only each pair."
    )
    parser.addoption(
        "--pictures", type=Path, help="A folder for the pictures of the guides: `make guide-pictures`."
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test the marker of its folder: unit, integration, e2e, vectors or meta."""
    for item in items:
        item.add_marker(item.path.relative_to(TESTS).parts[0])


class _KeptSandbox(Sandbox):
    """Verifiers come and go; the children, which keep nothing of a file and are slow to start, stay."""

    def close(self) -> None:
        """Do nothing: whoever ends the process ends the children."""


@cache
def _sandbox_of(_process: int) -> Sandbox:
    return _KeptSandbox()


@pytest.fixture(scope="session", autouse=True)
def _fewer_starts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Start the children of the sandbox, and compile a template, once for the many verifiers and applications."""
    compiled = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
    with pytest.MonkeyPatch.context() as patch:
        # Forked, a process has children of its own.
        patch.setattr("verify.verifier.Sandbox", lambda: _sandbox_of(os.getpid()))
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": compiled})
        yield


@pytest.fixture(scope="session")
def _demonstration(tmp_path_factory: pytest.TempPathFactory) -> Demonstration:
    return Demonstration.make(tmp_path_factory.mktemp("demonstration") / "data", students=3)


@pytest.fixture
def released(_demonstration: Demonstration) -> Demonstration:
    """Three released transcripts that nobody may change."""
    return _demonstration


@pytest.fixture
def demonstration(_demonstration: Demonstration, tmp_path: Path) -> Demonstration:
    """Three released transcripts in a folder of the test's own."""
    return _demonstration.copy(tmp_path / "data")


@pytest.fixture
def soft_hsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoftHSM]:
    """SoftHSM without tokens, for this process; its `environment` is for others."""
    made = SoftHSM(tmp_path / "softhsm")
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    forget_library()
    yield made
    forget_library()
