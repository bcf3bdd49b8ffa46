"""The scanning page: a camera or a photo, in the browser alone, with the server there or gone (ADR 12).

It can be installed, keeps itself by a service worker, and checks by offline packs what it cannot ask.
"""

from __future__ import annotations

import json
from typing import Final

from flask import Blueprint, Response, render_template, url_for

from schemas.verdict import VerdictCode
from verify.verifier import Verifier
from verify.web.assets import Assets
from verify.web.language import language, say
from verify.web.next_steps import tone
from verify.web.offline_words import HEADLINES, NEXT, SCRIPT, WORDS_OF_CHECKS
from verify.web.result_words import RESULT

_CAMERA: Final = "camera=(self), microphone=(), geolocation=()"
_SCRIPTS: Final = "script-src 'self';"
_WITH_WASM: Final = "script-src 'self' 'wasm-unsafe-eval';"
_TRUSTED: Final = {"version", "expires", "test", "logs", "registrars", "hosts"}
_OF_RESULT: Final = (
    "checks",
    "pass",
    "fail",
    "unknown",
    "notes",
    "compare",
    "student",
    "birth_date",
    "school",
    "subject",
    "semester1",
    "semester2",
    "year",
    "reassessed",
    "level",
    "year_test",
    "school_year",
    "grade",
)


def make_scan(verifier: Verifier, assets: Assets, policy: str) -> Blueprint:
    """Return the routes; `policy` is the portal's Content-Security-Policy, which this page widens by WebAssembly."""
    scan = Blueprint("scan", __name__, url_prefix="/scan")

    @scan.get("/")
    def page() -> Response:
        """Show the page, the only one that may ask for the camera."""
        answer = Response(render_template("scan.html", words=_words()))
        answer.headers["Permissions-Policy"] = _CAMERA
        answer.headers["Content-Security-Policy"] = policy.replace(_SCRIPTS, _WITH_WASM)
        return answer

    @scan.get("/worker.js")
    def worker() -> Response:
        """Give the service worker, which names every file of this release."""
        offline = [name for name in assets.files if name.startswith(("offline/", "fonts/"))]
        names = [*offline, "portal.css", "icon.svg", "vendor/noble-ed25519.js"]
        pages = [url_for("scan.page"), url_for("scan.page", lang="en"), url_for("scan.manifest")]
        zxing = [name for name in assets.files if name.startswith("vendor/zxing/")]
        text = render_template(
            "scan-worker.js",
            release=assets.release,
            files=[*pages, *map(assets.url, names)],
            zxing=[assets.url(name) for name in zxing],
        )
        return Response(text, mimetype="text/javascript")

    @scan.get("/manifest.webmanifest")
    def manifest() -> Response:
        """Describe the page to a browser that installs it."""
        name = say(SCRIPT["scan_title"])
        icon = {"src": assets.url("icon.svg"), "sizes": "any", "type": "image/svg+xml"}
        described = {
            "name": name,
            "short_name": name,
            "lang": language(),
            "start_url": url_for("scan.page"),
            "scope": url_for("scan.page"),
            "display": "standalone",
            "background_color": "#ffffff",
            "theme_color": "#0b4a6f",
            "icons": [icon],
        }
        return Response(json.dumps(described, ensure_ascii=False), mimetype="application/manifest+json")

    @scan.get("/trust-root.json")
    def trust_root() -> Response:
        """Give what the page must know of the trust root in use."""
        verifier.check_trust()
        return Response(verifier.trust.model_dump_json(include=_TRUSTED), mimetype="application/json")

    return scan


def _words() -> dict[str, object]:
    """Return the words of the scripts in the request's language."""
    return {
        **{name: say(text) for name, text in SCRIPT.items()},
        **{name: say(RESULT[name]) for name in _OF_RESULT},
        "check": {name: say(text) for name, text in WORDS_OF_CHECKS.items()},
        "headlines": {name: say(text) for name, text in HEADLINES.items()},
        "next": {name: [say(text) for text in texts] for name, texts in NEXT.items()},
        "tones": {name: tone(VerdictCode(name)) for name in NEXT},
    }
