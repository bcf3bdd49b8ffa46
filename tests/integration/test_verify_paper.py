"""What a QR code and a typed serial are told; a paper is never green."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keys.keyring import RecordRole
from keys.record_key import RecordKey
from schemas.claims import format_claims, parse_claims
from schemas.cose import sign1
from schemas.qr import QRAddress, format_qr, parse_qr
from schemas.record.entry import RevocationClass, Revoked
from schemas.record.fields import Reference
from schemas.serial import display_serial, draw_serial
from schemas.verdict import Verdict, VerdictCode
from tests.support.demonstration import SCHOOL, Demonstration

UNKNOWN_SERIAL = draw_serial(lambda count: bytes(count - 1) + b"\x25")


def qr_verdict(demonstration: Demonstration, text: str, *, record: bool = True) -> Verdict:
    """Return the verdict on an address."""
    return demonstration.verifier(record=record).qr(text)


def signed_address(
    demonstration: Demonstration, claims: bytes, serial: str, key: RecordKey | None = None
) -> str:
    """Return an address whose claims are signed by the school's credential key, or by another."""
    signer = key or demonstration.installation.keyring.record_key(RecordRole.CREDENTIAL)
    return format_qr(QRAddress("127.0.0.1:8001", serial, sign1(claims, signer.key_id, signer.sign)))


def test_qr_is_recorded_and_shows_the_signed_marks(released: Demonstration) -> None:
    """The QR of a released transcript is on record, and its marks are shown to compare."""
    verdict = qr_verdict(released, released.qr())
    assert verdict.verdict is VerdictCode.RECORDED
    assert verdict.document is not None
    assert len(verdict.document.years[0].subjects) == 12


def test_upper_case_scheme_is_accepted(released: Demonstration) -> None:
    """HTTPS:// in capitals is the same address."""
    assert qr_verdict(released, released.qr().replace("https", "HTTPS")).verdict is VerdictCode.RECORDED


def test_changed_digits_are_refused(released: Demonstration) -> None:
    """No digit of the payload can be another one."""
    text = released.qr()
    start = text.index("#") + 1
    for position in range(start, len(text), 61):
        digit = "0" if text[position] != "0" else "1"
        verdict = qr_verdict(released, text[:position] + digit + text[position + 1 :])
        assert verdict.verdict in {VerdictCode.UNREADABLE, VerdictCode.ALTERED, VerdictCode.UNTRUSTED_ISSUER}


@pytest.mark.parametrize("text", ["", "https://example.vn", "12345", "https://a/V/0000000000000000#1"])
def test_other_codes_are_unreadable(released: Demonstration, text: str) -> None:
    """What is no address of ours is unreadable."""
    assert qr_verdict(released, text).verdict is VerdictCode.UNREADABLE


def test_serial_of_another_address_is_altered(released: Demonstration) -> None:
    """Signed claims under another document's serial are altered."""
    address = replace(parse_qr(released.qr(0)), serial=released.issuances()[1].serial)
    assert qr_verdict(released, format_qr(address)).verdict is VerdictCode.ALTERED


def test_raised_mark_is_unrecorded(released: Demonstration) -> None:
    """Claims that the credential key signed but that were never recorded for this serial do not count."""
    issuance = released.issuances()[0]
    claims = replace(parse_claims(issuance.claims), nonce=bytes(16))
    text = signed_address(released, format_claims(claims), issuance.serial)
    assert qr_verdict(released, text).verdict is VerdictCode.UNRECORDED


def test_unknown_key_is_untrusted(released: Demonstration) -> None:
    """Claims signed by a key that no registrar spoke for are of an untrusted issuer."""
    issuance = released.issuances()[0]
    text = signed_address(released, issuance.claims, issuance.serial, RecordKey.from_seed(bytes(32)))
    verdict = qr_verdict(released, text)
    assert verdict.verdict is VerdictCode.UNTRUSTED_ISSUER
    assert verdict.document is None


def test_unknown_serial_is_not_found(released: Demonstration) -> None:
    """Claims for a serial that is not on record, even if well signed, are not found."""
    issuance = released.issuances()[0]
    claims = replace(parse_claims(issuance.claims), serial=UNKNOWN_SERIAL)
    text = signed_address(released, format_claims(claims), UNKNOWN_SERIAL)
    assert qr_verdict(released, text).verdict is VerdictCode.NOT_FOUND


def test_strange_host_earns_a_warning(released: Demonstration) -> None:
    """The host in a code proves nothing; one that the trust root does not know is named as such."""
    text = released.qr().replace("127.0.0.1:8001", "hocba.example")
    verdict = qr_verdict(released, text)
    assert verdict.verdict is VerdictCode.RECORDED
    assert any("không phải trang kiểm tra chính thức" in note.vi for note in verdict.notes)


def test_offline_is_unconfirmed(released: Demonstration) -> None:
    """Without a record a QR is at best unconfirmed."""
    assert qr_verdict(released, released.qr(), record=False).verdict is VerdictCode.UNCONFIRMED


def test_old_record_is_unconfirmed(demonstration: Demonstration) -> None:
    """A record older than a day neither confirms a serial nor denies one."""
    demonstration.clock.forward(hours=25)
    assert qr_verdict(demonstration, demonstration.qr()).verdict is VerdictCode.UNCONFIRMED
    assert demonstration.verifier().serial(UNKNOWN_SERIAL).verdict is VerdictCode.UNCONFIRMED


def test_typed_serial(released: Demonstration) -> None:
    """Small letters, spaces, O for 0: the serial is found, and shows no name and no mark."""
    serial = display_serial(released.issuances()[0].serial)
    verifier = released.verifier()
    for typed in (serial, serial.lower(), serial.replace("-", " "), serial.replace("0", "O")):
        verdict = verifier.serial(typed)
        assert verdict.verdict is VerdictCode.RECORDED
        assert verdict.document is None


def test_wrong_and_unknown_serials(released: Demonstration) -> None:
    """A wrong check symbol is unreadable, a well-formed serial without an entry is not found."""
    verifier = released.verifier()
    serial = released.issuances()[0].serial
    wrong = serial[:-1] + ("0" if serial[-1] != "0" else "1")
    assert verifier.serial(wrong).verdict is VerdictCode.UNREADABLE
    assert verifier.serial(UNKNOWN_SERIAL).verdict is VerdictCode.NOT_FOUND


def test_revoked(demonstration: Demonstration) -> None:
    """QR and serial of a revoked transcript say so."""
    issuance = demonstration.issuances()[0]
    assert issuance.log_index is not None
    time = int(demonstration.clock().timestamp())
    demonstration.append(Revoked(time, SCHOOL, Reference(issuance.log_index), RevocationClass.COMPROMISE))
    assert qr_verdict(demonstration, demonstration.qr()).verdict is VerdictCode.REVOKED
    assert demonstration.verifier().serial(issuance.serial).verdict is VerdictCode.REVOKED


def test_every_answer_says_how_old_the_record_is(demonstration: Demonstration) -> None:
    """On record or not, a paper or a file: the answer names the time of the record that it rests on."""
    demonstration.clock.forward(hours=3)
    verifier = demonstration.verifier()
    try:
        answers = [
            verifier.qr(demonstration.qr()),
            verifier.serial(UNKNOWN_SERIAL),
            verifier.file(demonstration.pdf()),
        ]
    finally:
        verifier.close()
    for verdict in answers:
        assert any("(3 hours ago)" in note.en for note in verdict.notes), verdict.verdict
