"""Who speaks for which school: the fold of the registrars' statements in the order of the log.

Pure: a statement counts by the index of its entry. Nothing here knows what was issued; that is `schemas.record.ledger`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from schemas.cose import parse_sign1
from schemas.errors import SchemaError
from schemas.record.statement import (
    KEY_ROLES,
    IssuerStatement,
    KeyState,
    KeyStatement,
    Role,
    Succession,
    parse_statement,
)
from schemas.record.trust_root import TrustRoot
from schemas.signatures import Verify, key_id


class Standing(StrEnum):
    """What the record says of a certificate or key for a role, a school and an index."""

    IN_FORCE = "in-force"
    UNREGISTERED = "unregistered"
    OTHER_SCHOOL = "other-school"
    OTHER_ROLE = "other-role"
    RETIRED = "retired"
    COMPROMISED = "compromised"


_FEWEST_DIGITS = 16


@dataclass(frozen=True, slots=True)
class _Said:
    index: int
    statement: KeyStatement


class IssuerRegistry:
    """The statements that count, by certificate thumbprint or public key, both 32 bytes ("identity" below)."""

    def __init__(self, trust: TrustRoot, verify: Verify) -> None:
        self._trust = trust
        self._verify = verify
        self._said: dict[bytes, list[_Said]] = {}
        self._keys: dict[bytes, bytes] = {}
        self._successions: dict[tuple[str, str], tuple[int, int]] = {}
        self._names: dict[str, tuple[str, str]] = {}

    def add(self, index: int, statement: bytes) -> None:
        """Take the statement of the `issuer` entry at `index`; entries come in order.

        Raises:
            SchemaError: the statement counts for nothing: malformed, not by a registrar of the trust root for that
                school, or numbered not above an earlier one (`statement-number`), or after `compromised`.
        """
        signed = parse_sign1(statement, "statement")
        said = parse_statement(signed.payload)
        registrar = self._trust.registrar(signed.key_id)
        if registrar is None or not registrar.covers(said.school):
            raise _counts_for_nothing(
                "statement-registrar", "no registrar of the trust root speaks for this school"
            )
        signed.check(registrar.public_key, self._verify, "statement")
        self._take(index, said)

    def restore(self, index: int, statement: bytes) -> None:
        """Take again a statement that `add` took before, by the same trust root: its signature is not checked again.

        Raises:
            SchemaError: it is malformed, or counts for nothing after those before it.
        """
        self._take(index, parse_statement(parse_sign1(statement, "statement").payload))

    def standing(self, identity: bytes, *, roles: Collection[Role], school: str, index: int) -> Standing:
        """Say what counts for a document of `school` whose own entry is, or would be, at `index`."""
        statements = self._said.get(identity, [])
        if any(
            one.statement.from_index is not None and one.statement.from_index <= index for one in statements
        ):
            return Standing.COMPROMISED
        # A compromise whose first index lies above `index` leaves what was said before it as it was.
        before = [
            one.statement
            for one in statements
            if one.index < index and one.statement.state is not KeyState.COMPROMISED
        ]
        if not before:
            return Standing.UNREGISTERED
        last = before[-1]
        if last.role not in roles:
            return Standing.OTHER_ROLE
        if not (school.startswith(last.school) if last.role in KEY_ROLES else school == last.school):
            return Standing.OTHER_SCHOOL
        return Standing.RETIRED if last.state is KeyState.RETIRED else Standing.IN_FORCE

    def was_compromised(self, identity: bytes) -> bool:
        """Whether the certificate or key was declared compromised at any index: worth a note where it still counts."""
        return any(one.statement.state is KeyState.COMPROMISED for one in self._said.get(identity, []))

    def statements(self) -> Iterator[tuple[int, KeyStatement]]:
        """Give the statements that count with their indexes, key by key, in the order of the log for each."""
        return ((one.index, one.statement) for said in self._said.values() for one in said)

    def last_statement(self, identity: bytes) -> KeyStatement | None:
        """Return the last statement that counts about a certificate or key."""
        said = self._said.get(identity)
        return said[-1].statement if said else None

    def find(self, beginning: str) -> bytes:
        """Return the certificate or key whose hexadecimal begins so.

        Raises:
            SchemaError: `issuer-unknown`: none, or several, or fewer than 16 digits are given.
        """
        found = [one for one in self._said if one.hex().startswith(beginning.lower())]
        if len(found) != 1 or len(beginning) < _FEWEST_DIGITS:
            raise SchemaError(
                "issuer-unknown",
                "$",
                "Không tìm thấy đúng một chứng thư hoặc khoá như vậy trong sổ; hãy xem: hocba issuer list.",
                "The record has not exactly one such certificate or key; see: hocba issuer list.",
            )
        return found[0]

    def last_succession(self, school: str, predecessor: str) -> int:
        """Return the number of the last statement that counts about two schools; 0 where there is none."""
        return self._successions.get((school, predecessor), (0, 0))[1]

    def public_key(self, of_key_id: bytes) -> bytes | None:
        """Return the registered Ed25519 key with this 8-byte id, in force or not."""
        return self._keys.get(of_key_id)

    def has_succeeded(self, school: str, predecessor: str, *, index: int) -> bool:
        """Whether `school` is the registered successor of `predecessor` for an entry at `index`."""
        first = self._successions.get((school, predecessor))
        return first is not None and first[0] < index

    def school_name(self, school: str) -> str | None:
        """Return the name that the last statement about the school gave."""
        return self._names[school][0] if school in self._names else None

    def schools(self) -> tuple[str, ...]:
        """Return the codes of the schools that somebody was registered for."""
        return tuple(sorted(self._names))

    def _take(self, index: int, said: IssuerStatement) -> None:
        if isinstance(said, Succession):
            self._add_succession(index, said)
        else:
            self._add_key(index, said)

    def _add_key(self, index: int, said: KeyStatement) -> None:
        identity = said.thumbprint or said.public_key or b""
        earlier = self._said.get(identity, [])
        if earlier and (
            said.number <= earlier[-1].statement.number or earlier[-1].statement.state is KeyState.COMPROMISED
        ):
            raise _counts_for_nothing(
                "statement-number", "a later or final statement about this key is on record"
            )
        self._said.setdefault(identity, []).append(_Said(index, said))
        if said.public_key is not None:
            self._keys[key_id(said.public_key)] = said.public_key
        else:
            self._names[said.school] = (said.name, said.province)

    def _add_succession(self, index: int, said: Succession) -> None:
        pair = (said.school, said.predecessor)
        first, number = self._successions.get(pair, (index, 0))
        if said.number <= number:
            raise _counts_for_nothing(
                "statement-number", "a later statement about these schools is on record"
            )
        self._successions[pair] = (first, said.number)


def _counts_for_nothing(code: str, reason: str) -> SchemaError:
    return SchemaError(
        code,
        "statement",
        "Tuyên bố về nơi cấp này không có giá trị; Sở cần xem lại sổ cấp.",
        f"This issuer statement counts for nothing: {reason}.",
    )
