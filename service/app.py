"""The issuing application put together: console, API, public record, headers."""

from __future__ import annotations

from datetime import timedelta
from functools import cache, partial

from flask import Response
from flask_openapi.models.info import Info
from flask_openapi.openapi import OpenAPI

from keys.secret_files import read_passphrase
from service.importing.reader import MAX_WORKBOOK_BYTES
from service.installation import Installation
from service.web.api.agents import make_agent_api
from service.web.api.approvals import add_approvals
from service.web.api.batches import add_batch_api
from service.web.api.changes import add_changes
from service.web.api.extracts import add_extract_api
from service.web.api.links import add_link_api
from service.web.api.notices import add_notice_api
from service.web.api.openapi import describe
from service.web.api.operations import IssuingAPI
from service.web.api.releasing import add_release_api
from service.web.api.requests import add_request_api
from service.web.api.transcripts import add_transcripts
from service.web.console.classes import make_console
from service.web.family import make_family
from service.web.policy import enforce
from service.web.problems import malformed, register_problems
from service.web.record import make_record
from service.web.signing_in.pages import POLICIES, add_sign_in
from verify.web.discreet import DiscreetFlask

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
    app = _application()
    session_key = read_passphrase(installation.settings.data / installation.settings.session_key_file)
    app.secret_key = session_key
    app.config["MAX_CONTENT_LENGTH"] = MAX_WORKBOOK_BYTES
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.config["SESSION_COOKIE_NAME"] = "hocba"
    app.config["SESSION_COOKIE_SECURE"] = not installation.trust.test
    app.config["PERMANENT_SESSION_LIFETIME"] = SESSION_LIFETIME
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    # Before anything else looks at a request.
    enforce(app, installation, POLICIES)
    add_sign_in(app, installation, session_key)
    app.register_api(_issuing_api(installation, described=False))
    app.register_api(make_agent_api(installation))
    app.register_blueprint(make_console(installation))
    app.register_blueprint(make_family(installation, session_key))
    app.register_blueprint(make_record(installation.folder("record"), installation.tending.health))
    register_problems(app)
    description = cache(partial(_description, installation))

    @app.get("/api/v1/openapi.json", doc_ui=False)
    def _openapi() -> dict[str, object]:
        """Return the description of the issuing API."""
        return description()

    @app.after_request
    def _headers(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers[name] = value
        # Flask-Security writes the directive in a way that a cache need not understand.
        if "no-store" in (response.headers.get("Cache-Control") or "no-store"):
            response.headers["Cache-Control"] = "no-store"
        return response

    return app


class _Application(DiscreetFlask, OpenAPI):
    pass


def _application() -> OpenAPI:
    return _Application(
        "service.web",
        info=Info(title="hocba: issuing digital school transcripts", version="1"),
        security_schemes={"token": {"type": "http", "scheme": "bearer"}},
        doc_ui=False,
        validation_error_callback=malformed,
        static_url_path="/static",
    )


def _issuing_api(installation: Installation, *, described: bool) -> IssuingAPI:
    api = IssuingAPI(installation, described=described)
    add_transcripts(api, installation)
    add_batch_api(api, installation)
    add_changes(api, installation)
    add_approvals(api, installation)
    add_link_api(api, installation)
    add_extract_api(api, installation)
    add_notice_api(api, installation)
    add_request_api(api, installation)
    add_release_api(api, installation)
    return api


def _description(installation: Installation) -> dict[str, object]:
    # Only for those who ask, and by an application of its own: collecting takes longer than all the rest of a start.
    app, api = _application(), _issuing_api(installation, described=True)
    app.register_api(api)
    return describe(app, api)
