"""Serving by waitress; `python -m verify.web.serve` serves the verifying side with the settings of the environment.

Meant to stand behind a front that ends TLS, limits bodies to about 11 MB and outlasts slow clients.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import waitress
from flask import Flask

from schemas.errors import HocbaError
from verify.settings import Settings
from verify.web.app import create_app, open_verifier

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

# Beside those for uploads (`verify.web.limits`), enough for look-ups and pages at any time; gunicorn has as many.
THREADS = 32
# Above what the application accepts, so that a file that is too large is answered with a verdict.
MAX_BODY = 256 * 1024 * 1024
# What may be asked or answered stays in memory; only what is refused for its size goes to a file without a name.
MAX_IN_MEMORY = 33 * 1024 * 1024


def serve(app: WSGIApplication, *, host: str, port: int, proxies: int = 0, threads: int = 8) -> None:
    """Serve an application until interrupted; headers of proxies are kept only where there are some of one's own."""
    waitress.serve(
        app,
        host=host,
        port=port,
        threads=threads,
        max_request_body_size=MAX_BODY,
        inbuf_overflow=MAX_IN_MEMORY,
        outbuf_overflow=MAX_IN_MEMORY,
        ident="",
        clear_untrusted_proxy_headers=not proxies,
    )


def application() -> Flask:
    """Return the verifying application with the settings of the environment, for a server such as gunicorn.

    Raises:
        HocbaError: `setting-missing`, or what the trust root or the tokens are refused for.
    """
    settings = Settings.load()
    return create_app(open_verifier(settings), settings)


def main() -> None:
    """Serve the verifying side."""
    try:
        settings = Settings.load()
        app = create_app(open_verifier(settings), settings)
    except HocbaError as error:
        sys.exit(f"{error.text.vi}\n{error.text.en} [{error.code}]")
    serve(app, host=settings.host, port=settings.port, proxies=settings.proxies, threads=THREADS)


if __name__ == "__main__":
    main()
