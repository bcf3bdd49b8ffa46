"""The desk in a browser: many documents handed in at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page, expect


def hand_in(page: Page, files: Sequence[Path], *, total: int) -> None:
    """Hand files in, and wait until so many documents are done in all."""
    page.set_input_files("#files", list(files))
    expect(page.locator("#desk-state")).to_contain_text(f"{total}/{total}", timeout=300_000)


def counted(page: Page) -> dict[str, int]:
    """Return the counters of the page."""
    names = page.locator("#desk-counts dt").all_inner_texts()
    values = page.locator("#desk-counts dd").all_inner_texts()
    return {name: int(value) for name, value in zip(names, values, strict=True)}
