"""The issuing application put together: console, API, public record, headers."""

from __future__ import annotations

from datetime import timedelta

from flask import Response
from flask_openapi.models.info import Info
from flask_openapi.openapi import OpenAPI

from keys.secret_files import read_passphrase
from service.importing.reader import MAX_WORKBOOK_BYTES
from service.installation import Installation
from service.web.api import make_api
from service.web.changes import add_changes
from service.web.console import make_console
from service.web.problems import malformed, register_problems
from service.web.record import make_record

SESSION_LIFETIME = timedelta(hours=8)
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}


def create_app(installation: Installation) -> OpenAPI:
    """Return the WSGI application of one installation.

    Raises:
        KeysError: the session key is missing, or others can read it.
    """
    app = OpenAPI(
        "service.web",
        info=Info(title="hocba issuing API", version="1"),
        security_schemes={"token": {"type": "http", "scheme": "bearer"}},
        doc_ui=False,
        validation_error_callback=malformed,
        static_url_path="/static",
    )
    app.secret_key = read_passphrase(installation.settings.data / installation.settings.session_key_file)
    app.config["MAX_CONTENT_LENGTH"] = MAX_WORKBOOK_BYTES
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.config["SESSION_COOKIE_NAME"] = "hocba"
    app.config["SESSION_COOKIE_SECURE"] = not installation.trust.test
    app.config["PERMANENT_SESSION_LIFETIME"] = SESSION_LIFETIME
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    api = make_api(installation)
    add_changes(api, installation)
    app.register_api(api)
    app.register_blueprint(make_console(installation))
    app.register_blueprint(make_record(installation.folder("record"), installation.tending.health))
    register_problems(app)

    @app.get("/api/v1/openapi.json")
    def _openapi() -> dict[str, object]:
        """Return the description of this API."""
        document: dict[str, object] = app.api_doc
        return document

    @app.after_request
    def _headers(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers[name] = value
        if not response.headers.get("Cache-Control"):
            response.headers["Cache-Control"] = "no-store"
        return response

    return app
