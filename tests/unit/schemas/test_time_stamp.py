"""Reading what time-stamp authorities send: one question, one answer, tokens of several habits."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from schemas.der import CONTEXT_1, der
from schemas.errors import SchemaError
from schemas.time_stamp import (
    MAX_TOKEN_BYTES,
    bare_time_stamp,
    format_request,
    parse_response,
    parse_time_stamp,
)
from tests.support.certificates import party
from tests.support.time_stamps import TSA_ROOT, Token, response, stamper

TIME = dt.datetime(2026, 11, 26, 3, 4, 5, tzinfo=dt.UTC)
IMPRINT = bytes(range(32))
GOOD = Token(IMPRINT, TIME, nonce=2**63)


def test_request_bytes() -> None:
    """The question is these bytes: version 1, the SHA-256, the nonce, and certReq."""
    imprint = "302f300b06096086480165030402010420" + IMPRINT.hex()
    assert format_request(IMPRINT, 2**63).hex() == "3042020101" + imprint + "02090080000000000000000101ff"


@pytest.mark.parametrize("certificate_hash", ["sha1", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_token_is_read(digest: str, certificate_hash: str) -> None:
    """Imprint, time, nonce and certificates of a token, whatever hash functions its authority likes."""
    token = parse_time_stamp(replace(GOOD, digest=digest, certificate_hash=certificate_hash).der())
    assert (token.imprint, token.time, token.nonce) == (IMPRINT, TIME, 2**63)
    assert (token.scheme, token.digest) == ("ecdsa", digest)
    assert token.certificates == (stamper().der,)


def test_path_is_put_in_order() -> None:
    """Certificates come in any order; the path goes upwards, and a root that is brought is left out."""
    issuer = party("tsa: issuer", TSA_ROOT)
    by = stamper("tsa below", issuer)
    stranger = party("a stranger")
    token = parse_time_stamp(replace(GOOD, by=by, certificates=[TSA_ROOT, stranger, issuer, by]).der())
    assert token.certificates == (by.der, issuer.der)


@pytest.mark.parametrize(
    "change",
    [
        {"lists": der(CONTEXT_1, b"anything")},
        {"unsigned": der(CONTEXT_1, b"anything")},
        {"version": 1},
        {"certificates": [TSA_ROOT, stamper(), party("a stranger")]},
    ],
    ids=["lists", "unsigned", "version", "certificates"],
)
def test_what_nobody_signed_is_taken_out(change: dict[str, Any]) -> None:
    """Whatever else a token brings, bare it is the same, says the same, and stays as it is."""
    bare = bare_time_stamp(GOOD.der())
    overfull = replace(GOOD, **change).der()
    assert overfull != bare
    assert bare_time_stamp(overfull) == bare
    assert bare_time_stamp(bare) == bare
    assert parse_time_stamp(bare).signed_attributes == parse_time_stamp(overfull).signed_attributes


@pytest.mark.parametrize(
    "token",
    [
        replace(GOOD, imprint=bytes(31)),
        replace(GOOD, imprint_digest="sha384", imprint=bytes(48)),
        replace(GOOD, content="1.2.840.113549.1.7.1"),
        replace(GOOD, signed_content="1.2.840.113549.1.7.1"),
        replace(GOOD, signed_digest=bytes(32)),
        replace(GOOD, certificate_hash=None),
        replace(GOOD, certificates=[]),
        replace(GOOD, certificates=[stamper("another")]),
        replace(GOOD, certificates=[party(str(n)) for n in range(8)] + [stamper()]),
        replace(GOOD, signers=2),
        replace(GOOD, signers=0),
        replace(GOOD, extra_info=der(CONTEXT_1, b"\x30\x00")),
    ],
)
def test_token_that_does_not_hold_together_is_refused(token: Token) -> None:
    """Another imprint or content, a digest of other bytes, no certificate or no one signer, an extension: refused."""
    with pytest.raises(SchemaError, match="time-stamp-invalid"):
        parse_time_stamp(token.der())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        b"\x30\x80",
        GOOD.der()[:-1],
        GOOD.der() + b"\x00",
        GOOD.der().replace(b"20261126030405Z", b"20261326030405Z"),
        GOOD.der().replace(b"20261126030405Z", b"202611260304+07"),
        bytes(MAX_TOKEN_BYTES + 1),
    ],
)
def test_other_bytes_are_refused(data: bytes) -> None:
    """Nothing, a piece, more than a token, another time than UTC, or too much: refused."""
    with pytest.raises(SchemaError, match="time-stamp-invalid"):
        parse_time_stamp(data)


def test_every_piece_of_a_token_is_refused() -> None:
    """A token cut off anywhere is refused, never a crash."""
    whole = GOOD.der()
    for end in range(len(whole)):
        with pytest.raises(SchemaError, match="time-stamp-invalid"):
            parse_time_stamp(whole[:end])


@pytest.mark.parametrize("status", [0, 1])
def test_answer_gives_its_token(status: int) -> None:
    """The token of an answer that grants, with or without changes."""
    assert parse_response(response(GOOD.der(), status=status)) == GOOD.der()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (response(b"", status=2), "time-stamp-refused"),
        (response(GOOD.der(), status=2), "time-stamp-refused"),
        (response(b""), "time-stamp-invalid"),
        (response(GOOD.der()) + b"\x00", "time-stamp-invalid"),
        (b"<html>", "time-stamp-invalid"),
        (b"", "time-stamp-invalid"),
    ],
)
def test_answer_without_a_token_is_refused(data: bytes, code: str) -> None:
    """A refusal, an answer without a token, with more than one, or no answer at all."""
    with pytest.raises(SchemaError, match=code):
        parse_response(data)
