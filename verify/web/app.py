"""The verifying application put together: pages, API, headers. Holds no key, stores no upload, opens no connection."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask, Response

from verify.settings import Settings
from verify.transcript import MAX_FILE_BYTES
from verify.trust import load_trust_root
from verify.verifier import Verifier
from verify.web.api import make_api
from verify.web.language import format_date, format_moment
from verify.web.problems import register_problems
from verify.web.views import make_pages

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}


def open_verifier(settings: Settings) -> Verifier:
    """Return the verifier that these settings describe.

    Raises:
        HocbaError: no trust root, or one that has expired.
    """
    return Verifier(
        load_trust_root(settings.trust), settings.record, now=lambda: datetime.now(UTC).replace(microsecond=0)
    )


def create_app(verifier: Verifier) -> Flask:
    """Return the WSGI application."""
    app = Flask("verify.web", static_url_path="/static")
    # One part of a form beside the file: a body may be a little larger than a file.
    app.config["MAX_CONTENT_LENGTH"] = MAX_FILE_BYTES + 64 * 1024
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters |= {"date": format_date, "moment": format_moment}
    app.register_blueprint(make_pages(verifier))
    app.register_blueprint(make_api(verifier))
    register_problems(app, verifier)

    @app.after_request
    def _headers(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers[name] = value
        if not response.headers.get("Cache-Control"):
            response.headers["Cache-Control"] = "no-store"
        return response

    return app
