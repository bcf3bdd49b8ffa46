"""Issuer statements: one spelling each."""

from __future__ import annotations

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import SchemaError
from schemas.record.statement import (
    KEY_ROLES,
    IssuerStatement,
    KeyState,
    KeyStatement,
    Role,
    Succession,
    format_statement,
    parse_statement,
)
from tests.support.record import NOW, digest, key_statement

KEY = key_statement(role=Role.CREDENTIAL, thumbprint=None, public_key=digest("key"), school="")
CERTIFICATE = format_statement(key_statement())
SUCCESSION = format_statement(Succession(NOW, "HN-0002", "HN-0001", 1))


@st.composite
def _statements(draw: st.DrawFn) -> IssuerStatement:
    school = draw(st.sampled_from(["HN-0001", "79", "A" * 20]))
    number = draw(st.integers(1, 2**53 - 1))
    if draw(st.booleans()):
        return Succession(NOW, school, "HN-0009", number)
    role, state = draw(st.sampled_from(Role)), draw(st.sampled_from(KeyState))
    identity = draw(st.binary(min_size=32, max_size=32))
    is_key = role in KEY_ROLES
    return KeyStatement(
        time=draw(st.integers(0, 2**37)),
        school=draw(st.sampled_from(["", school])) if is_key else school,
        name=draw(st.text("abđẠ ", min_size=1, max_size=20)),
        province="Hà Nội",
        thumbprint=None if is_key else identity,
        public_key=identity if is_key else None,
        role=role,
        state=state,
        number=number,
        from_index=draw(st.integers(0, 2**53 - 1)) if state is KeyState.COMPROMISED else None,
    )


def _with(data: bytes, **changes: object) -> bytes:
    fields = cbor2.loads(data) | {int(key[1:]): value for key, value in changes.items()}
    return cbor2.dumps({key: value for key, value in fields.items() if value is not None}, canonical=True)


@given(_statements())
def test_parse_undoes_format(statement: IssuerStatement) -> None:
    """Every statement comes back."""
    assert parse_statement(format_statement(statement)) == statement


def test_bytes_are_as_laid_down() -> None:
    """The keys and numbers of docs/formats/record.md, spelled here by hand."""
    assert cbor2.loads(CERTIFICATE) == {
        0: 1,
        1: NOW,
        2: "HN-0001",
        3: "Trường THCS Thử",
        4: "Hà Nội",
        5: digest("seal certificate"),
        7: 4,
        8: 1,
        9: 1,
    }
    assert cbor2.loads(SUCCESSION) == {0: 2, 1: NOW, 2: "HN-0002", 9: 1, 11: "HN-0001"}
    assert cbor2.loads(format_statement(KEY))[6] == digest("key")


@pytest.mark.parametrize(
    ("data", "code", "path"),
    [
        (_with(CERTIFICATE, k0=3), "entry-field-invalid", "statement.0"),
        (_with(CERTIFICATE, k3=""), "entry-field-invalid", "statement.3"),
        (_with(CERTIFICATE, k3="a" * 161), "entry-field-invalid", "statement.3"),
        (_with(CERTIFICATE, k4="a" * 61), "entry-field-invalid", "statement.4"),
        (_with(CERTIFICATE, k2=""), "entry-field-invalid", "statement.2"),
        (_with(CERTIFICATE, k5=None), "entry-field-missing", "statement.5"),
        (_with(CERTIFICATE, k6=digest("key")), "entry-field-unknown", "statement.6"),
        (_with(CERTIFICATE, k7=0), "entry-field-invalid", "statement.7"),
        (_with(CERTIFICATE, k7=5), "entry-field-missing", "statement.6"),
        (_with(CERTIFICATE, k8=4), "entry-field-invalid", "statement.8"),
        (_with(CERTIFICATE, k8=3), "entry-field-missing", "statement.10"),
        (_with(CERTIFICATE, k9=0), "entry-field-invalid", "statement.9"),
        (_with(CERTIFICATE, k10=7), "entry-field-unknown", "statement.10"),
        (_with(SUCCESSION, k11=""), "entry-field-invalid", "statement.11"),
        (_with(SUCCESSION, k3="name"), "entry-field-unknown", "statement.3"),
        (_with(format_statement(KEY), k5=digest("x")), "entry-field-unknown", "statement.5"),
        (bytes(513), "cbor-too-large", "statement"),
    ],
)
def test_refuses(data: bytes, code: str, path: str) -> None:
    """Each field missing, out of range or not of this kind is refused at its path."""
    with pytest.raises(SchemaError) as caught:
        parse_statement(data)
    assert (caught.value.code, caught.value.path) == (code, path)


@pytest.mark.parametrize(
    "statement",
    [
        key_statement(public_key=digest("key")),
        key_statement(thumbprint=None),
        key_statement(state=KeyState.COMPROMISED),
        key_statement(from_index=1),
        key_statement(number=0),
    ],
)
def test_bad_statements_are_not_written(statement: KeyStatement) -> None:
    """What `parse_statement` would refuse is never written."""
    with pytest.raises(SchemaError, match="entry-field"):
        format_statement(statement)
