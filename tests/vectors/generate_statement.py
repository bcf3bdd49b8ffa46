"""Makes statement/vectors.json: what registrars sign."""

from __future__ import annotations

import cbor2

from schemas.record.statement import IssuerStatement, KeyState, Role, Succession, format_statement
from tests.support.record import NOW, digest, ed25519_key, key_statement
from tests.support.vectors import Vector, failure, file_text, sound, write

CERTIFICATE = format_statement(key_statement())
CREDENTIAL = key_statement(
    role=Role.CREDENTIAL, thumbprint=None, public_key=ed25519_key("credential").public_key, school="HN-"
)
SUCCESSION = Succession(NOW, "HN-0002", "HN-0001", 1)


def _sound(name: str, statement: IssuerStatement) -> Vector:
    return sound(name, format_statement(statement), statement)


def _with(data: bytes, key: int, value: object) -> bytes:
    return cbor2.dumps(cbor2.loads(data) | {key: value}, canonical=True)


def text() -> str:
    """Return the text of the file."""
    key = format_statement(CREDENTIAL)
    vectors = [
        _sound("seal-active", key_statement()),
        _sound("seal-retired", key_statement(state=KeyState.RETIRED, number=2)),
        _sound("seal-compromised", key_statement(state=KeyState.COMPROMISED, number=3, from_index=4)),
        _sound("credential-key-for-a-prefix", CREDENTIAL),
        _sound("succession", SUCCESSION),
        failure("empty", b"", "cbor-invalid"),
        failure("kind-unknown", _with(CERTIFICATE, 0, 3), "entry-field-invalid"),
        failure("name-too-long", _with(CERTIFICATE, 3, "a" * 161), "entry-field-invalid"),
        failure("name-empty", _with(CERTIFICATE, 3, ""), "entry-field-invalid"),
        failure("certificate-for-every-school", _with(CERTIFICATE, 2, ""), "entry-field-invalid"),
        failure("thumbprint-and-key", _with(CERTIFICATE, 6, digest("key")), "entry-field-unknown"),
        failure("key-and-thumbprint", _with(key, 5, digest("certificate")), "entry-field-unknown"),
        failure("role-unknown", _with(CERTIFICATE, 7, 7), "entry-field-invalid"),
        failure("certificate-in-the-role-of-a-key", _with(CERTIFICATE, 7, 5), "entry-field-missing"),
        failure("state-unknown", _with(CERTIFICATE, 8, 4), "entry-field-invalid"),
        failure("number-zero", _with(CERTIFICATE, 9, 0), "entry-field-invalid"),
        failure("compromised-without-index", _with(CERTIFICATE, 8, 3), "entry-field-missing"),
        failure("active-with-index", _with(CERTIFICATE, 10, 4), "entry-field-unknown"),
        failure(
            "succession-without-predecessor",
            cbor2.dumps({0: 2, 1: NOW, 2: "HN-0002", 9: 1}),
            "entry-field-missing",
        ),
    ]
    return file_text("docs/formats/record.md#the-issuer-statement-payload-of-key-15", "hex", vectors)


if __name__ == "__main__":
    write("statement", text())
