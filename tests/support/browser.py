"""Debian's Chromium, driven by Playwright."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import Page, expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# A page that signs a class on two busy cores may be slower than Playwright's five seconds.
expect.set_options(timeout=60_000)


@contextmanager
def browser_page(
    *, width: int = 1024, height: int = 768, javascript: bool = True, options: Sequence[str] = ()
) -> Iterator[Page]:
    """Open a page of a fresh browser; `options` are further ones of the command line."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*OPTIONS, *options])
        context = browser.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=javascript
        )
        context.set_default_timeout(60_000)
        yield context.new_page()
        browser.close()
