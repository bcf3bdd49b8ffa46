"""What holds for every test: the marker of its folder, and one Hypothesis profile."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.demonstration import Demonstration

TESTS = Path(__file__).parent

# A shared machine is slow at times; a fixed seed makes a failure the same failure for everyone.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test the marker of its folder: unit, integration, e2e, vectors or meta."""
    for item in items:
        item.add_marker(item.path.relative_to(TESTS).parts[0])


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
