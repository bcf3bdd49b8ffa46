"""Issuer statements: what a registrar signs about certificates, keys and schools (docs/formats/record.md).

Knows nothing of what a statement counts for: that is `schemas.record.issuers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from schemas import cbor
from schemas.cbor import CBORValue
from schemas.errors import SchemaError
from schemas.letters import strange_letter
from schemas.record.fields import Fields, invalid_field

_MAX_STATEMENT_BYTES = 512
_MAX_NAME_BYTES = 160
_MAX_PROVINCE_BYTES = 60


class Role(IntEnum):
    """What a certificate or key may do for a school."""

    PRINCIPAL = 1
    DEPUTY = 2
    HOMEROOM = 3
    SEAL = 4
    CREDENTIAL = 5
    STATUS = 6


class KeyState(IntEnum):
    """Whether a certificate or key is in force."""

    ACTIVE = 1
    RETIRED = 2
    COMPROMISED = 3


KEY_ROLES = frozenset({Role.CREDENTIAL, Role.STATUS})
"""Roles held by a bare Ed25519 key, for a prefix of school codes; the others are held by certificates of one school."""


@dataclass(frozen=True, slots=True)
class KeyStatement:
    """A certificate (`thumbprint`) or an Ed25519 key (`public_key`) has a role for a school, in a state."""

    time: int
    school: str
    """A school code; for the roles of `KEY_ROLES` a prefix of codes, which may be empty."""
    name: str
    province: str
    thumbprint: bytes | None
    public_key: bytes | None
    role: Role
    state: KeyState
    number: int
    from_index: int | None = None
    """For a compromised key, the first index no longer trusted."""


@dataclass(frozen=True, slots=True)
class Succession:
    """School `school` succeeds school `predecessor`."""

    time: int
    school: str
    predecessor: str
    number: int


IssuerStatement: TypeAlias = KeyStatement | Succession


def parse_statement(payload: bytes) -> IssuerStatement:
    """Parse the payload of an issuer entry's COSE_Sign1.

    Raises:
        SchemaError: as `parse_entry`.
    """
    fields = Fields(cbor.decode(payload, "statement", max_bytes=_MAX_STATEMENT_BYTES), "statement")
    statement = _read_statement(fields)
    fields.check_none_left()
    return statement


def format_statement(statement: IssuerStatement) -> bytes:
    """Return the payload that a registrar signs.

    Raises:
        SchemaError: `text-strange-letter`: a name that may pass for another; as `parse_statement` would for the same
            values.
    """
    if isinstance(statement, KeyStatement):
        for key, words in ((3, statement.name), (4, statement.province)):
            _check_letters(words, f"statement.{key}")
    payload = cbor.encode(_statement_map(statement))
    if parse_statement(payload) != statement:
        raise invalid_field("statement")
    return payload


def _check_letters(words: str, path: str) -> None:
    strange = strange_letter(words)
    if strange is not None:
        raise SchemaError("text-strange-letter", path, strange.vi, strange.en)


def _read_statement(fields: Fields) -> IssuerStatement:
    match fields.unsigned(0):
        case 1:
            return _read_key_statement(fields)
        case 2:
            return Succession(
                time=fields.time(1),
                school=fields.school(2),
                predecessor=fields.school(11),
                number=fields.unsigned(9, least=1),
            )
        case _:
            raise invalid_field("statement.0")


def _read_key_statement(fields: Fields) -> KeyStatement:
    role = fields.member(7, Role)
    state = fields.member(8, KeyState)
    is_key = role in KEY_ROLES
    return KeyStatement(
        time=fields.time(1),
        school=fields.school(2, may_be_empty=is_key),
        name=fields.text(3, most_bytes=_MAX_NAME_BYTES),
        province=fields.text(4, most_bytes=_MAX_PROVINCE_BYTES),
        thumbprint=None if is_key else fields.digest(5),
        public_key=fields.digest(6) if is_key else None,
        role=role,
        state=state,
        number=fields.unsigned(9, least=1),
        from_index=fields.unsigned(10) if state is KeyState.COMPROMISED else None,
    )


def _statement_map(statement: IssuerStatement) -> CBORValue:
    if isinstance(statement, Succession):
        return {0: 2, 1: statement.time, 2: statement.school, 9: statement.number, 11: statement.predecessor}
    fields: dict[int, CBORValue | None] = {
        0: 1,
        1: statement.time,
        2: statement.school,
        3: statement.name,
        4: statement.province,
        5: statement.thumbprint,
        6: statement.public_key,
        7: int(statement.role),
        8: int(statement.state),
        9: statement.number,
        10: statement.from_index,
    }
    return {key: value for key, value in fields.items() if value is not None}
