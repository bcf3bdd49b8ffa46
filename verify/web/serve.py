"""Serving by waitress; `python -m verify.web.serve` serves the verifying side with the settings of the environment.

Meant to stand behind a front that ends TLS, limits bodies to about 11 MB and outlasts slow clients.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import waitress

from schemas.errors import HocbaError
from verify.settings import Settings
from verify.web.app import create_app, open_verifier

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

THREADS = 8
# Above what the application accepts, so that a file that is too large is answered with a verdict.
MAX_BODY = 256 * 1024 * 1024


def serve(app: WSGIApplication, *, host: str, port: int) -> None:
    """Serve an application until interrupted."""
    waitress.serve(
        app,
        host=host,
        port=port,
        threads=THREADS,
        max_request_body_size=MAX_BODY,
        ident="",
        clear_untrusted_proxy_headers=True,
    )


def main() -> None:
    """Serve the verifying side."""
    try:
        settings = Settings.load()
        app = create_app(open_verifier(settings))
    except HocbaError as error:
        sys.exit(f"{error.text.vi}\n{error.text.en} [{error.code}]")
    serve(app, host=settings.host, port=settings.port)


if __name__ == "__main__":
    main()
