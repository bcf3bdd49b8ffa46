"""The verifying pages: a file, a serial, and what a QR code opens.

Everything works without JavaScript, but for reading what follows the # in a QR's address.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as Redirect

from schemas.errors import SchemaError
from schemas.serial import parse_typed_serial
from schemas.verdict import Verdict, VerdictCode
from verify.desk.submitted import shown_name
from verify.messages import COMPARE, NOT_THE_HOLDER
from verify.verifier import Verifier
from verify.web.language import Words, in_other_language
from verify.web.metrics import note_verdict
from verify.web.next_steps import next_steps, tone
from verify.web.result_words import ROLES

# What such a file says of itself, nobody has confirmed: it is quoted as a claim.
_CLAIMS = frozenset({VerdictCode.UNTRUSTED_ISSUER, VerdictCode.UNRECORDED})
# The page has a place of its own for these: over the signed content, and under what is not proved.
_SAID_ELSEWHERE = frozenset({COMPARE.en, NOT_THE_HOLDER.en})


def make_pages(verifier: Verifier) -> Blueprint:
    """Return the pages."""
    pages = Blueprint("pages", __name__)

    @pages.get("/")
    def home() -> str:
        """Offer the ways in."""
        return render_template("home.html")

    @pages.post("/check")
    def check_file() -> str:
        """Verify an uploaded file."""
        if "file" not in request.files:
            return render_result(verifier.file(b""))
        upload = request.files["file"]
        return render_result(verifier.upload(upload.read(), name=shown_name(upload.filename or "") or None))

    @pages.post("/serial")
    def find_serial() -> Redirect | str:
        """Take a typed serial to its page; what is no serial is answered here, and never becomes a path.

        A scanner that types as a keyboard does sends the whole address of a QR code, which is verified at once. It is
        posted, since its digits hold a name and marks, and addresses are kept by many.
        """
        typed = request.form.get("serial", "").strip()
        if "#" in typed:
            return render_result(verifier.qr(typed))
        try:
            serial = parse_typed_serial(typed)
        except SchemaError:
            return render_result(verifier.serial(typed), typed=typed[:64])
        return redirect(url_for("pages.show_serial", serial=serial, lang=request.args.get("lang")), 303)

    @pages.get("/V/<serial>")
    def show_serial(serial: str) -> str:
        """Show what the record says of a serial; a script sends the QR's payload on to `/qr`."""
        return render_result(verifier.serial(serial), is_scanned=True)

    @pages.get("/v/<serial>")
    def show_typed_serial(serial: str) -> Redirect:
        """Take an address that was typed in small letters to the page it means."""
        return redirect(url_for("pages.show_serial", serial=serial, lang=request.args.get("lang")), 308)

    @pages.post("/qr")
    def check_qr() -> str:
        """Verify the payload of a QR code and show the signed marks to compare."""
        return render_result(verifier.qr(request.form.get("qr", "")))

    return pages


def render_result(verdict: Verdict, *, is_scanned: bool = False, typed: str = "") -> str:
    """Return the page of a verdict."""
    note_verdict(verdict)
    shown = {
        "verdict": verdict,
        "is_scanned": is_scanned,
        "typed": typed,
        "tone": tone(verdict.verdict),
        "next_steps": next_steps(verdict),
        "is_claim": verdict.verdict in _CLAIMS,
        "notes": [note for note in verdict.notes if note.en not in _SAID_ELSEWHERE],
        "roles": ROLES,
        "vi": Words("vi"),
    }
    other = ""
    if request.method == "POST":
        # What was sent is not kept: asked for again in the other language, the page could not be made.
        with in_other_language():
            other = Markup(render_template("result/whole.html", **shown, is_second=True))  # noqa: S704 - a template's
    return render_template("result.html", **shown, other=other, is_second=False)
