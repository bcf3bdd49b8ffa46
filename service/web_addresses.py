"""Addresses of the console that people are sent: the pages themselves are of `service.web`."""

from __future__ import annotations

from urllib.parse import urlencode

INVITATION_PATH = "/invitation"


def invitation_link(console_url: str, code: str) -> str:
    """Return the link of an invitation; without the address of the console, what follows it."""
    return f"{console_url.rstrip('/')}{INVITATION_PATH}?{urlencode({'code': code})}"
