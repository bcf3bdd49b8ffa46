"""What those who run the portal ask of it: is it alive, may it be asked, what has it counted."""

from __future__ import annotations

from flask import Blueprint, Response

from verify.findings import VerifyError
from verify.verifier import Verifier
from verify.web.metrics import Metrics


def make_operations(verifier: Verifier, metrics: Metrics) -> Blueprint:
    """Return the routes; the front keeps `/metrics` from strangers."""
    operations = Blueprint("operations", __name__)

    @operations.get("/livez")
    def alive() -> Response:
        """Say that the process answers; whether it may be asked is `/healthz`."""
        return Response("ok\n", mimetype="text/plain")

    @operations.get("/healthz")
    def health() -> Response:
        """Say whether a trust root that counts and a usable record are at hand; warn before the trust root ends."""
        text, status = _health(verifier)
        return Response(text, status=status, mimetype="text/plain")

    @operations.get("/metrics")
    def counted() -> Response:
        """Give out the counters."""
        return Response(metrics.text(), mimetype="text/plain")

    return operations


def _health(verifier: Verifier) -> tuple[str, int]:
    try:
        verifier.check_trust()
    except VerifyError as error:
        return f"{error.code}\n", 503
    if verifier.view() is None:
        return "no record\n", 503
    warning = verifier.trust_warning()
    return f"ok\n{warning.en}\n" if warning else "ok\n", 200
