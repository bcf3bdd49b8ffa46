"""The portal with patience for held children: a test stops them for as long as it likes, and none is ended for it."""

from __future__ import annotations

from flask import Flask

from verify import sandbox
from verify.web import serve


def application() -> Flask:
    """Return the portal as gunicorn serves it, but for the wall time of a child."""
    sandbox.WALL_SECONDS = 3600
    return serve.application()
