"""What holds for every test: the marker of its folder, and one Hypothesis profile."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

TESTS = Path(__file__).parent

# A shared machine is slow at times; a fixed seed makes a failure the same failure for everyone.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test the marker of its folder: unit, integration, e2e, vectors or meta."""
    for item in items:
        item.add_marker(item.path.relative_to(TESTS).parts[0])
