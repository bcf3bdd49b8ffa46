"""The verifying application put together: pages, API, headers. Holds no key, stores no upload, opens no connection."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from verify.record_index import index_beside
from verify.sandbox import Sandbox
from verify.settings import Settings
from verify.transcript import MAX_FILE_BYTES
from verify.trust import follow_trust_root, load_trust_root
from verify.trust_expiry import expiry_warning
from verify.verifier import Verifier
from verify.web.api import make_api
from verify.web.assets import Assets
from verify.web.desk import make_desk
from verify.web.discreet import DiscreetFlask
from verify.web.frame import register_frame
from verify.web.limits import Allowance, Limits, register_limits
from verify.web.metrics import Metrics, register_metrics
from verify.web.operations import make_operations
from verify.web.packs import make_packs
from verify.web.problems import register_problems
from verify.web.scan import make_scan
from verify.web.tokens import TokenFile
from verify.web.uploads import RequestInMemory
from verify.web.views import make_pages

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_LOG = logging.getLogger("verify.web")
_PATIENCE = 0.5
"""For how many seconds a file waits for a child of the sandbox: with the six that it then has, less than seven."""
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}


def open_verifier(settings: Settings) -> Verifier:
    """Return the verifier that these settings describe; it takes newer versions of the trust root while it runs.

    Raises:
        HocbaError: no trust root, or one that has expired.
        SandboxBusyError: no child can be started.
    """
    trust = load_trust_root(settings.trust)
    sandbox = Sandbox(patience=_PATIENCE)
    sandbox.prepare()
    verifier = Verifier(
        trust,
        settings.record,
        index=settings.index or index_beside(settings.record),
        now=_now,
        newest=follow_trust_root(settings.trust, trust),
        sandbox=sandbox,
    )
    warning = expiry_warning(trust, _now())
    if warning is not None:
        _LOG.warning("%s", warning.en)
    return verifier


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def create_app(verifier: Verifier, settings: Settings | None = None) -> Flask:
    """Return the WSGI application; without settings, one for a machine of one's own: no tokens, the usual allowances.

    Raises:
        VerifyError: `api-tokens-invalid`.
        OSError: the file of tokens cannot be read.
    """
    app = DiscreetFlask("verify.web", static_folder=None)
    app.request_class = RequestInMemory
    assets = Assets()
    # One part of a form beside the file: a body may be a little larger than a file.
    app.config["MAX_CONTENT_LENGTH"] = MAX_FILE_BYTES + 64 * 1024
    register_frame(app, verifier, assets)
    metrics = Metrics(verifier, now=_now, shared=bool(settings and settings.shared_metrics))
    register_metrics(app, metrics)
    register_limits(app, _limits(settings))
    app.register_blueprint(assets.blueprint())
    app.register_blueprint(make_pages(verifier))
    app.register_blueprint(make_desk(verifier))
    app.register_blueprint(make_api(verifier))
    app.register_blueprint(make_operations(verifier, metrics))
    app.register_blueprint(make_packs(verifier))
    app.register_blueprint(make_scan(verifier, assets, _HEADERS["Content-Security-Policy"]))
    register_problems(app, verifier)

    app.wsgi_app = _with_headers(app.wsgi_app)  # type: ignore[method-assign, assignment]
    if settings and settings.proxies:
        proxies = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=0)  # type: ignore[method-assign]
    return app


def _with_headers(answer: WSGIApplication) -> WSGIApplication:
    """Add the headers of every answer, whoever gives it; a page that needs more, as the camera, says so itself."""

    def answer_with_headers(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(
            status: str, headers: list[tuple[str, str]], error: OptExcInfo | None = None, /
        ) -> Callable[[bytes], object]:
            said = {name.lower() for name, _ in headers}
            return start_response(
                status, headers + [one for one in _HEADERS.items() if one[0].lower() not in said], error
            )

        return answer(environ, start)

    return answer_with_headers


def _limits(settings: Settings | None) -> Limits:
    if settings is None:
        return Limits(Allowance(), TokenFile(None))
    allowance = Allowance(settings.uploads_per_minute, settings.lookups_per_minute)
    return Limits(allowance, TokenFile(settings.tokens))
