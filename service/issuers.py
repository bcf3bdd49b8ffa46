"""Who may sign for a school: requests to the registrar, signed statements into the record, and what a lost key touches.

The registrar's key is never here. A statement counts from its index in the log, and is refused before it is appended
where it would count for nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from schemas.cms import parse_cms
from schemas.cose import parse_sign1
from schemas.errors import HocbaError
from schemas.record.entry import IssuerEntry, format_entry
from schemas.record.issuers import IssuerRegistry, Standing
from schemas.record.ledger import Ledger
from schemas.record.statement import KEY_ROLES, KeyState, KeyStatement, Role, Succession, parse_statement
from schemas.record.trust_root import Log, TrustRoot
from schemas.serial import display_serial
from schemas.transcript.model import School
from service.errors import ServiceError
from service.issuing import released_path
from service.storage.records import Issuance, State
from verify.byte_scan import scan_signatures
from verify.ed25519 import verify_ed25519


@dataclass(frozen=True, slots=True)
class Affected:
    """A released document that a key signed, and whether it still counts."""

    index: int
    serial: str
    trusted: bool


def ledger_of(entries: Sequence[bytes], log: Log, trust: TrustRoot) -> Ledger:
    """Return the state of the log after these entries."""
    ledger = Ledger(log.origin, trust, verify_ed25519)
    for entry in entries:
        ledger.add(entry)
    return ledger


def request_statement(
    issuers: IssuerRegistry,
    school: School,
    *,
    role: Role,
    state: KeyState,
    identity: bytes,
    from_index: int | None,
    now: dt.datetime,
) -> KeyStatement:
    """Return what the registrar is asked to sign about a certificate or key.

    Raises:
        ServiceError: `statement-index-missing`: a compromise needs its first index, nothing else has one;
            `statement-final`: the key is declared compromised, and that is the last word; `statement-other-use`: the
            certificate speaks for another school, or in another role, and would cease to.
    """
    if (state is KeyState.COMPROMISED) != (from_index is not None):
        raise ServiceError(
            "statement-index-missing",
            "Khi khoá bị lộ (và chỉ khi đó) hãy ghi mục đầu tiên không còn tin được: --from-index.",
            "A compromise, and nothing else, has the first entry that is no longer trusted: --from-index.",
        )
    last = issuers.last_statement(identity)
    if last is not None and last.state is KeyState.COMPROMISED:
        raise ServiceError(
            "statement-final",
            "Khoá này đã được báo bị lộ; không thể tuyên bố gì thêm về nó.",
            "This key was declared compromised; nothing more can be said about it.",
        )
    is_key = role in KEY_ROLES
    if last is not None and (last.role is not role or not (is_key or last.school == school.code)):
        raise ServiceError(
            "statement-other-use",
            f"Chứng thư này đã đăng ký cho trường {last.school} với vai trò khác ({last.role.name.lower()}) và sẽ mất "
            "vai trò đó; hãy dùng chứng thư của đúng người.",
            f"This certificate is registered for school {last.school} as {last.role.name.lower()}, and would cease to "
            "be; use the certificate of the right person.",
        )
    return KeyStatement(
        time=int(now.timestamp()),
        school=last.school if last is not None and is_key else school.code,
        name=last.name if last is not None else school.name,
        province=last.province if last is not None else school.province,
        thumbprint=None if is_key else identity,
        public_key=identity if is_key else None,
        role=role,
        state=state,
        number=last.number + 1 if last is not None else 1,
        from_index=from_index,
    )


def request_succession(
    issuers: IssuerRegistry, school: str, predecessor: str, *, now: dt.datetime
) -> Succession:
    """Return what the registrar is asked to sign about a school that takes the place of another."""
    number = issuers.last_succession(school, predecessor)
    return Succession(int(now.timestamp()), school, predecessor, number + 1)


class StatementCheck:
    """Whether a signed statement would count as the next entry of a log, which may grow while that is asked."""

    def __init__(self, statement: bytes, log: Log, trust: TrustRoot) -> None:
        self._statement = statement
        self._entry = format_entry(IssuerEntry(statement))
        self._ledger = Ledger(log.origin, trust, verify_ed25519)
        self._size = 0

    def entry_after(self, entries: Sequence[bytes]) -> tuple[str, bytes]:
        """Return the statement's entry, and the key under which it is appended once.

        Args:
            entries: those of the log; when asked again, those that came since.

        Raises:
            SchemaError: why it would count for nothing.
            ServiceError: `statement-known`: it is on record already.
        """
        if self._entry in entries:
            raise ServiceError(
                "statement-known", "Tuyên bố này đã có trong sổ cấp.", "This statement is on record already."
            )
        for entry in entries:
            self._ledger.add(entry)
        self._size += len(entries)
        # Tried on a copy: another entry may come first, and then it stands elsewhere, or counts no more.
        deepcopy(self._ledger.issuers).add(self._size, self._statement)
        return f"statement/{sha256(self._statement).hexdigest()}", self._entry


def said_by(statement: bytes) -> KeyStatement | Succession:
    """Return what a signed statement says; who signed it is checked elsewhere.

    Raises:
        SchemaError: it is malformed.
    """
    return parse_statement(parse_sign1(statement, "statement").payload)


def affected(
    issuers: IssuerRegistry, identity: bytes, issuances: Sequence[Issuance], released: Path
) -> Iterator[Affected]:
    """Give the released documents that a certificate or QR key signed, and whether each still counts, by index.

    A certificate is looked for in the files; one that cannot be read is left out here, and the audit names it. A QR key
    signed the codes of all documents recorded while it was in force.

    Raises:
        ServiceError: `issuer-signs-no-documents`: a status key signs lists alone.
    """
    last = issuers.last_statement(identity)
    if last is not None and last.role is Role.STATUS:
        raise ServiceError(
            "issuer-signs-no-documents",
            "Khoá này chỉ ký danh sách trạng thái, không ký học bạ nào; danh sách sẽ được ký lại bằng khoá mới.",
            "This key signs status lists alone and no document; the lists are signed anew with another key.",
        )
    roles = {last.role} if last is not None else set(Role)
    for one in sorted(issuances, key=lambda each: each.log_index or 0):
        if one.state is not State.RELEASED or one.log_index is None:
            continue
        standing = issuers.standing(identity, roles=roles, school=one.school_code, index=one.log_index)
        signed = (
            standing in {Standing.IN_FORCE, Standing.COMPROMISED}
            if last is not None and last.role is Role.CREDENTIAL
            else identity in _signers(released_path(released, one))
        )
        if signed:
            yield Affected(one.log_index, display_serial(one.serial), standing is Standing.IN_FORCE)


def _signers(path: Path) -> set[bytes]:
    """Return the thumbprints of the certificates that signed a file; none where it cannot be read."""
    try:
        signatures = scan_signatures(path.read_bytes())
        return {sha256(parse_cms(each.cms).certificates[0]).digest() for each in signatures}
    except (HocbaError, OSError):
        return set()
