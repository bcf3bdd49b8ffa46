"""The verifying pages: a file, a serial, and what a QR code opens.

Everything works without JavaScript, but for reading what follows the # in a QR's address.
"""

from __future__ import annotations

from contextlib import closing

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from schemas.errors import SchemaError
from schemas.serial import parse_typed_serial
from schemas.verdict import Verdict
from verify.verifier import Verifier
from verify.web.language import language, next_step, texts


def make_pages(verifier: Verifier) -> Blueprint:
    """Return the pages."""
    pages = Blueprint("pages", __name__)

    @pages.context_processor
    def _common() -> dict[str, object]:
        return {"lang": language(), "t": texts(), "test": verifier.trust.test, "next_step": next_step}

    @pages.get("/")
    def home() -> str:
        """Offer the ways in."""
        return render_template("home.html")

    @pages.post("/check")
    def check_file() -> str:
        """Verify an uploaded file."""
        if "file" not in request.files:
            return _result(verifier.file(b""))
        with closing(request.files["file"]) as upload:
            return _result(verifier.file(upload.read(), name=upload.filename))

    @pages.get("/serial")
    def find_serial() -> Redirect | str:
        """Take a typed serial to its page; what is no serial is answered here, and never becomes a path."""
        typed = request.args.get("serial", "")
        try:
            serial = parse_typed_serial(typed)
        except SchemaError:
            return _result(verifier.serial(typed))
        return redirect(url_for("pages.show_serial", serial=serial, lang=request.args.get("lang")), 303)

    @pages.get("/V/<serial>")
    def show_serial(serial: str) -> str:
        """Show what the record says of a serial; a script sends the QR's payload on to `/qr`."""
        return _result(verifier.serial(serial), is_scanned=True)

    @pages.post("/qr")
    def check_qr() -> str:
        """Verify the payload of a QR code and show the signed marks to compare."""
        return _result(verifier.qr(request.form.get("qr", "")))

    @pages.get("/healthz")
    def health() -> Response:
        """Say whether a usable and fresh record is at hand."""
        view = verifier.view()
        return Response("ok\n" if view else "no record\n", status=200 if view else 503, mimetype="text/plain")

    return pages


def _result(verdict: Verdict, *, is_scanned: bool = False) -> str:
    return render_template("result.html", verdict=verdict, is_scanned=is_scanned)
