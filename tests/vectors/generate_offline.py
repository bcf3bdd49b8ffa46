"""Makes offline/cases.json: offline packs, QR codes to check with them, and the verdicts that are right.

Named after its one fault, or after what is special about it. The verdicts are written down from
docs/formats/offline-pack.md; no verifier is asked here.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from schemas.record.entry import IssuerEntry, format_entry, parse_entry
from schemas.record.signed_note import SignedNote, format_note, parse_note
from schemas.record.statement import KeyState, Role
from schemas.verdict import CheckId, VerdictCode
from tests.support.packs import pack_of, signed_pack
from tests.support.record import NOW, OTHER_SCHOOL, issuer_entry, key_statement, revoked
from tests.support.record import ed25519_key as key_called
from tests.support.vectors import FOLDER
from tests.support.whole_record import (
    CREDENTIAL,
    LATER,
    STATUS,
    WholeRecord,
    document,
    odd_note,
    registered,
    trust_root_text,
)
from tests.vectors.record_cases.case import FAIL, UNKNOWN, Case, expected_checks

ONE, TWO = document("one"), document("two")
_DAY = 86_400
_SIGNATURE_BYTES = 64
_NOTHING = dict.fromkeys(
    (CheckId.SIGNATURES, CheckId.ISSUER, CheckId.CONTENT, CheckId.RECORDED, CheckId.STATUS), UNKNOWN
)


@dataclass(frozen=True, slots=True)
class Offline:
    """One case."""

    name: str
    what: str
    verdict: VerdictCode
    packs: Sequence[bytes]
    qr: str = ONE.qr
    checks: Mapping[CheckId, str] = field(default_factory=dict)
    """The checks that do not pass."""
    now: int = LATER
    refused: int = 0
    """How many of the packs are not taken."""


def _record(*entries: bytes) -> WholeRecord:
    record = WholeRecord()
    record.issue(ONE, TWO)
    record.add(*entries)
    return record


def cases() -> Iterator[Offline]:
    """Return every case."""
    yield from _sound()
    yield from _age()
    yield from _codes()
    yield from _keys()
    yield from _packs()


def _sound() -> Iterator[Offline]:
    pack = signed_pack(pack_of(_record()))
    yield Offline("recorded", "a code that the pack knows", VerdictCode.RECORDED, [pack])
    extract = document("extract", extracts=(4, ONE))
    record = _record()
    record.issue(extract)
    yield Offline(
        "extract",
        "an extract of one year",
        VerdictCode.RECORDED,
        [signed_pack(pack_of(record))],
        qr=extract.qr,
    )
    revoked_one = _record(format_entry(revoked(4)))
    yield Offline(
        "revoked",
        "the school revoked the document",
        VerdictCode.REVOKED,
        [signed_pack(pack_of(revoked_one))],
        checks={CheckId.STATUS: FAIL},
    )
    record = _record()
    record.issue(document("one, mended", corrects=(4, ONE)))
    yield Offline(
        "superseded",
        "a corrected version takes the document's place",
        VerdictCode.SUPERSEDED,
        [signed_pack(pack_of(record))],
        checks={CheckId.STATUS: FAIL},
    )


def _age() -> Iterator[Offline]:
    pack = signed_pack(pack_of(_record()))
    yield Offline("a-day-old", "as old as it may be", VerdictCode.RECORDED, [pack], now=NOW + _DAY)
    yield Offline(
        "too-old",
        "a second older: its status is not known any more",
        VerdictCode.UNCONFIRMED,
        [pack],
        now=NOW + _DAY + 1,
        checks={CheckId.STATUS: UNKNOWN},
    )
    yield Offline(
        "of-the-future",
        "the clock here is far behind: the pack proves nothing of today",
        VerdictCode.UNCONFIRMED,
        [pack],
        now=NOW - 601,
        checks={CheckId.STATUS: UNKNOWN},
    )
    yield Offline(
        "revoked-by-an-old-pack",
        "a revocation counts at any age",
        VerdictCode.REVOKED,
        [signed_pack(pack_of(_record(format_entry(revoked(4)))))],
        now=NOW + 30 * _DAY,
        checks={CheckId.STATUS: FAIL},
    )
    record = WholeRecord()
    record.issue(TWO)
    unknown = dict.fromkeys((CheckId.CONTENT, CheckId.RECORDED, CheckId.STATUS), UNKNOWN)
    yield Offline(
        "absent-from-an-old-pack",
        "an old pack does not hold it, which says nothing",
        VerdictCode.UNCONFIRMED,
        [signed_pack(pack_of(record))],
        now=NOW + _DAY + 1,
        checks=unknown,
    )
    yield Offline(
        "issued-after-the-pack",
        "issued after the pack was made",
        VerdictCode.UNCONFIRMED,
        [signed_pack(pack_of(record, time=_issued_at() - 1))],
        checks=unknown,
    )


def _codes() -> Iterator[Offline]:
    pack = signed_pack(pack_of(_record()))
    yield Offline("no-pack", "no pack of the school is at hand", VerdictCode.UNCONFIRMED, [], checks=_NOTHING)
    yield Offline(
        "not-a-code-of-ours",
        "another address",
        VerdictCode.UNREADABLE,
        [pack],
        qr="https://example.vn/",
        checks={CheckId.READABLE: FAIL, **_NOTHING},
    )
    other = TWO.transcript.serial
    yield Offline(
        "serial-of-another",
        "the address names another document's serial",
        VerdictCode.ALTERED,
        [pack],
        qr=ONE.qr.replace(ONE.transcript.serial, other),
        checks={CheckId.SIGNATURES: FAIL, CheckId.CONTENT: FAIL},
    )
    record = WholeRecord()
    record.issue(TWO)
    yield Offline(
        "absent",
        "signed by the school's key, and not in the record",
        VerdictCode.NOT_FOUND,
        [signed_pack(pack_of(record))],
        checks={CheckId.RECORDED: FAIL, CheckId.CONTENT: UNKNOWN, CheckId.STATUS: UNKNOWN},
    )
    pack_of_one = pack_of(_record())
    rows = pack_of_one.documents
    changed = rows[:4] + bytes(8) + rows[12:]
    yield Offline(
        "other-claims",
        "the serial is in the record with other claims",
        VerdictCode.UNRECORDED,
        [signed_pack(pack_of_one, documents=changed)],
        checks={CheckId.CONTENT: FAIL},
    )


def _keys() -> Iterator[Offline]:
    strange = document("strange", credential="nobody")
    pack = signed_pack(pack_of(_record()))
    yield Offline(
        "key-unknown",
        "signed by a key that nobody registered",
        VerdictCode.UNTRUSTED_ISSUER,
        [pack],
        qr=strange.qr,
        checks={
            CheckId.SIGNATURES: UNKNOWN,
            CheckId.ISSUER: FAIL,
            CheckId.RECORDED: FAIL,
            CheckId.CONTENT: UNKNOWN,
            CheckId.STATUS: UNKNOWN,
        },
    )
    for name, from_index, verdict, checks in (
        ("compromised-before", 4, VerdictCode.UNTRUSTED_ISSUER, {CheckId.ISSUER: FAIL}),
        ("compromised-after", 5, VerdictCode.RECORDED, {}),
    ):
        statement = key_statement(
            role=Role.CREDENTIAL,
            school="HN-",
            thumbprint=None,
            public_key=key_called(CREDENTIAL).public_key,
            state=KeyState.COMPROMISED,
            from_index=from_index,
            number=2,
        )
        record = _record(issuer_entry(statement))
        yield Offline(
            name,
            f"the credential key is not trusted from index {from_index} on; the document's is 4",
            verdict,
            [signed_pack(pack_of(record))],
            checks=checks,
        )


def _packs() -> Iterator[Offline]:
    record, pack = _record(), pack_of(_record())
    yield Offline(
        "newest-of-two",
        "of two packs of one school the newer counts, whatever their order",
        VerdictCode.REVOKED,
        [signed_pack(pack_of(_record(format_entry(revoked(4))))), signed_pack(pack)],
        checks={CheckId.STATUS: FAIL},
    )
    yield Offline(
        "pack-of-another-school",
        "the pack at hand is of another school",
        VerdictCode.UNCONFIRMED,
        [signed_pack(pack_of(record, OTHER_SCHOOL))],
        checks=_NOTHING,
    )
    strange = [
        ("by-the-credential-key", "signed by a key of another role", signed_pack(pack, key=CREDENTIAL)),
        ("by-nobody", "signed by a key that is not among the statements", signed_pack(pack, key="nobody")),
        (
            "checkpoint-by-another-key",
            "the checkpoint is not signed by the log of the trust root",
            signed_pack(pack, checkpoint=odd_note(6, bytes(32), log="nobody")),
        ),
        (
            "checkpoint-of-another-log",
            "the trust root does not know the log",
            signed_pack(pack, checkpoint=odd_note(6, bytes(32), origin="other.example.vn/record")),
        ),
        (
            "document-beyond-the-checkpoint",
            "a document that the checkpoint does not cover",
            signed_pack(pack, checkpoint=odd_note(5, bytes(32))),
        ),
        (
            "statement-missing",
            "the statement about the status key is left out",
            signed_pack(pack, statements=pack.statements[:1]),
        ),
        (
            "statement-by-nobody",
            "a statement that no registrar signed",
            signed_pack(pack, statements=_by_nobody()),
        ),
        ("school-outside-the-log", "a school that the log does not cover", signed_pack(pack, school="ZZ-1")),
        ("by-the-key-of-others", "signed by a status key that is registered for other schools", _by_others()),
        (
            "checkpoint-of-a-later-epoch",
            "a newer checkpoint of the log, laid into a pack that was signed before",
            _with_a_later_checkpoint(),
        ),
        ("checkpoint-without-a-clock", "nobody says of what time the pack is", _without_a_clock()),
        ("is-a-status-list", "a status list, signed by the same key, in place of a pack", _status_list()),
    ]
    for name, what, data in strange:
        yield Offline(f"pack-{name}", what, VerdictCode.UNCONFIRMED, [data], checks=_NOTHING, refused=1)


def _by_nobody() -> tuple[tuple[int, bytes], ...]:
    record = WholeRecord(
        [
            *WholeRecord().entries[:3],
            registered(STATUS, Role.STATUS, school="HN-", by="nobody"),
        ]
    )
    return (*pack_of(WholeRecord()).statements[:1], (3, _statement_in(record.entries[3])))


def _statement_in(entry: bytes) -> bytes:
    parsed = parse_entry(entry)
    assert isinstance(parsed, IssuerEntry)
    return parsed.statement


def _by_others() -> bytes:
    record = _record(registered("status of others", Role.STATUS, school="HN-9"))
    pack = pack_of(record)
    about_others = (len(record.entries) - 1, _statement_in(record.entries[-1]))
    return signed_pack(pack, key="status of others", statements=(*pack.statements, about_others))


def _with_a_later_checkpoint() -> bytes:
    """Return a pack whose signature is that over the checkpoint of before."""
    before = pack_of(_record())
    later = pack_of(_record(format_entry(revoked(4)))).checkpoint
    return signed_pack(before, checkpoint=later)[:-_SIGNATURE_BYTES] + signed_pack(before)[-_SIGNATURE_BYTES:]


def _without_a_clock() -> bytes:
    pack = pack_of(_record())
    note = parse_note(pack.checkpoint)
    return signed_pack(pack, checkpoint=format_note(SignedNote(note.text, note.signatures[:1])))


def _status_list() -> bytes:
    record = _record()
    record.publish_list()
    return record.lists[1]


def _issued_at() -> int:
    return int(ONE.transcript.issued_at.timestamp())


def text() -> str:
    """Return the text of the file."""
    made = [_spelled(case) for case in cases()]
    content = {"page": "docs/formats/offline-pack.md", "trust_root": trust_root_text(), "cases": made}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _spelled(case: Offline) -> dict[str, Any]:
    checks = expected_checks(Case(case.name, case.what, case.verdict, None, qr=case.qr, checks=case.checks))
    return {
        "name": case.name,
        "what": case.what,
        "now": f"{dt.datetime.fromtimestamp(case.now, dt.UTC):%Y-%m-%dT%H:%M:%SZ}",
        "packs": [base64.b64encode(pack).decode() for pack in case.packs],
        "refused": case.refused,
        "qr": case.qr,
        "verdict": case.verdict.value,
        "checks": checks,
    }


if __name__ == "__main__":
    (FOLDER / "offline").mkdir(exist_ok=True)
    (FOLDER / "offline" / "cases.json").write_text(text(), encoding="utf-8")
