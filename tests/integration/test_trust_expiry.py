"""A trust root that ends: warned of in time, and never green afterwards, wherever verification happens."""

from __future__ import annotations

import datetime as dt
import io
import logging
from pathlib import Path

import pytest

from schemas.errors import HocbaError
from schemas.record.trust_root import TrustRoot
from service.app import create_app as create_issuing_app
from tests.support.commands import run
from tests.support.demonstration import SCHOOL, START, Demonstration
from tests.support.record import trust_root
from tests.support.trust_roots import fingerprint, signed
from verify.audit import audit_record
from verify.findings import VerifyError
from verify.trust import accept_trust_root, load_trust_root
from verify.trust_expiry import check_not_expired, days_left, expiry_note, expiry_warning
from verify.verifier import Verifier
from verify.web.app import create_app

ROOT = trust_root()
END = ROOT.expires_at


def before(**by: float) -> dt.datetime:
    """Return a moment before the end."""
    return END - dt.timedelta(**by)


@pytest.mark.parametrize(
    ("now", "days", "word"),
    [
        (before(days=60, seconds=1), 61, None),
        (before(days=60), 60, "(60 days left). Get the next version:"),
        (before(days=30, seconds=1), 31, "(31 days left). Get the next version:"),
        (before(days=30), 30, "To be done this month"),
        (before(days=7, seconds=1), 8, "To be done this month"),
        (before(days=7), 7, "URGENT"),
        (before(seconds=1), 1, "URGENT"),
        (END, 0, "expired on 24/11/2027"),
    ],
)
def test_warnings(now: dt.datetime, days: int, word: str | None) -> None:
    """From 60 days on, more urgent at 30 and at 7, to the second; in both languages, with the day in Vietnam."""
    warning = expiry_warning(ROOT, now)
    assert days_left(ROOT, now) == days
    assert (warning is None) == (word is None)
    if warning is not None and word is not None:
        assert word in warning.en
        assert "24/11/2027" in warning.vi
    assert (expiry_note(ROOT, now) is not None) == (days <= 7)


def test_believed_to_the_last_second() -> None:
    """`expires` is the first second in which it is believed no more."""
    check_not_expired(ROOT, before(seconds=1))
    with pytest.raises(VerifyError) as caught:
        check_not_expired(ROOT, END)
    assert caught.value.code == "trust-root-expired"


def expiry(demonstration: Demonstration) -> TrustRoot:
    """Return the demonstration's trust root."""
    return load_trust_root(demonstration.trust_file)


def test_running_portal_stops_at_the_end(demonstration: Demonstration) -> None:
    """In the last week each verdict says so; from the second of the end on no page and no answer is a verdict."""
    verifier = demonstration.verifier()
    client = create_app(verifier).test_client()
    pdf = demonstration.pdf()
    demonstration.clock.time = expiry(demonstration).expires_at - dt.timedelta(days=61)
    demonstration.installation.publish()
    early = client.post("/api/v1/verify", data=pdf, content_type="application/pdf").get_json()
    assert (client.get("/healthz").text, early["verdict"]) == ("ok\n", "valid")
    demonstration.clock.forward(days=60, hours=23)
    demonstration.installation.publish()
    late = client.post("/api/v1/verify", data=pdf, content_type="application/pdf").get_json()
    assert late["verdict"] == "valid"
    assert len(late["notes"]) == len(early["notes"]) + 1
    assert "URGENT" in client.get("/healthz").text
    demonstration.clock.forward(hours=1)
    answers = [
        client.post("/api/v1/verify", data=pdf, content_type="application/pdf"),
        client.post("/api/v1/verify", json={"qr": demonstration.qr()}),
        client.post("/api/v1/verify", data=bytes(11_000_000), content_type="application/pdf"),
        client.get(f"/api/v1/serials/{demonstration.issuances()[0].serial}"),
    ]
    assert [(one.status_code, one.get_json()["code"]) for one in answers] == [(503, "trust-root-expired")] * 4
    # A parent is told what to do; what the operator has to do is in the API's answer, the log and the health page.
    for lang, word in (("vi", "lỗi không phải ở học bạ"), ("en", "not the transcript&#39;s")):
        page = client.post(f"/check?lang={lang}", data={"file": (io.BytesIO(pdf), "a.pdf")})
        assert (page.status_code, word in page.text, "Genuine" in page.text) == (503, True, False)
        assert "docs/" not in page.text
    assert client.get("/").status_code == 200
    health = client.get("/healthz")
    assert (health.status_code, health.text) == (503, "trust-root-expired\n")
    verifier.close()


def test_nothing_is_concluded_under_an_expired_one(demonstration: Demonstration) -> None:
    """A new verifier, an audit and issuing refuse by name; the record's own clock goes on."""
    demonstration.clock.time = expiry(demonstration).expires_at
    installation = demonstration.installation
    for act in (
        demonstration.verifier,
        lambda: audit_record(
            demonstration.record, expiry(demonstration), now=expiry(demonstration).expires_at
        ),
        lambda: installation.issue(SCHOOL, "2025-2026"),
        installation.audit,
    ):
        with pytest.raises(HocbaError) as caught:
            act()
        assert caught.value.code == "trust-root-expired"
    assert installation.publish().size > 0


def test_running_service_stops_issuing_at_the_end(demonstration: Demonstration) -> None:
    """A service that has been running since before refuses too, before anything is rendered or signed."""
    installation = demonstration.installation
    installation.verifier.check_trust()
    demonstration.clock.time = expiry(demonstration).expires_at
    with pytest.raises(VerifyError) as caught:
        installation.issue(SCHOOL, "2025-2026")
    assert caught.value.code == "trust-root-expired"
    installation.verifier.close()


def test_commands_refuse_an_expired_one(tmp_path: Path, released: Demonstration) -> None:
    """`hocba-verify` on a file, and its audit: exit code 20, no verdict, both languages."""
    ended = signed(trust_root(expires="2024-01-01T00:00:00Z"))
    folder = tmp_path / "trust"
    accept_trust_root(ended, fingerprint(ended), folder)
    file = tmp_path / "a.pdf"
    file.write_bytes(released.pdf())
    for arguments in (
        (file, "--offline"),
        (file, "--record", released.record),
        ("audit", "--record", released.record),
    ):
        done = run("hocba-verify", *arguments, "--trust", folder)
        assert (done.returncode, done.stdout) == (20, "")
        assert "đã hết hạn" in done.stderr
        assert "[trust-root-expired]" in done.stderr


def test_operator_is_warned(demonstration: Demonstration, caplog: pytest.LogCaptureFixture) -> None:
    """The service's metric has the end for a monitor, and in the last 60 days its log has a line at each audit."""
    installation = demonstration.installation
    end = int(expiry(demonstration).expires_at.timestamp())
    installation.tending.publish()
    client = create_issuing_app(installation).test_client()
    assert f"hocba_trust_root_expires_timestamp_seconds {end}\n" in client.get("/metrics").text
    with caplog.at_level(logging.WARNING, logger="service.tending"):
        installation.tending.audit()
        assert not caplog.records
        demonstration.clock.time = expiry(demonstration).expires_at - dt.timedelta(days=50)
        installation.tending.publish()
        installation.tending.audit()
    assert "50 days left" in caplog.text
    assert demonstration.clock.time > START
    installation.verifier.close()


def test_known_files_are_judged_under_the_same_rule(released: Demonstration) -> None:
    """The check after signing stands on the same trust root: expired, it concludes nothing."""
    clock = type(released.clock)(released.clock.time)
    verifier = Verifier(expiry(released), released.record, now=clock)
    assert str(verifier.known_file(released.pdf()).verdict) == "valid"
    clock.time = expiry(released).expires_at
    with pytest.raises(VerifyError):
        verifier.known_file(released.pdf())
    assert verifier.view() is not None  # what is on record can still be read
    verifier.close()
