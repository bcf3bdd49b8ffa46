"""Signatures with time stamps of their own: good ones, false ones, and ones that somebody took away or added."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from schemas.der import CONTEXT_1, OCTETS, der
from schemas.ecdsa import lower_ecdsa
from schemas.pdf_profile import SignatureField
from schemas.record.statement import Role
from schemas.record.trust_root import TimeStamps
from schemas.time_stamp import bare_time_stamp
from schemas.verdict import CheckId, VerdictCode
from tests.support.certificates import SUBSCRIBER, Party, party, with_other_s
from tests.support.plain_pdf import with_seal
from tests.support.record import NOW
from tests.support.time_stamps import TSA_ROOT, Token, ended, stamper, time_stamps
from tests.support.whole_record import (
    ANCHOR,
    SEAL,
    Document,
    Stamp,
    WholeRecord,
    document,
    registered,
    trust_root_text,
)
from tests.vectors.record_cases.case import FAIL, PASS, UNKNOWN, Case

TRUST = time_stamps()
EXPIRED = stamper("tsa until 2026", not_after=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
_IN_VIETNAM = dt.datetime.fromtimestamp(NOW - 86_401, dt.timezone(dt.timedelta(hours=7)))
_PERSON, _SEAL = SignatureField.PRINCIPAL, SignatureField.SEAL
_ALTERED = {CheckId.SIGNATURES: FAIL}
_UNKNOWN = {CheckId.SIGNATURES: UNKNOWN}


def cases() -> Iterator[Case]:
    """Return the cases."""
    yield from _sound()
    yield from _of_tokens()
    yield from _of_times()
    yield from _of_room()


def _stamp(
    imprint: bytes, *, after: int = -60, by: Party | None = None, signature: bytes | None = None
) -> bytes:
    token = _token(imprint, after=after, by=by)
    return token.der(signature) if signature else bare_time_stamp(token.der())


def _token(imprint: bytes, *, after: int = -60, by: Party | None = None) -> Token:
    return Token(imprint, dt.datetime.fromtimestamp(NOW + after, dt.UTC), by or stamper())


def _made(person: Stamp | None = _stamp, seal: Stamp | None = _stamp, *, by: Party = SEAL) -> Document:
    stamps = {_PERSON: person, _SEAL: seal}
    return document("one", seal=by, stamps={field: one for field, one in stamps.items() if one})


def _case(
    name: str,
    what: str,
    made: Document,
    verdict: VerdictCode,
    checks: dict[CheckId, str] | None = None,
    *,
    trust: TimeStamps | None = TRUST,
    entries: tuple[bytes, ...] = (),
) -> Case:
    record = WholeRecord()
    record.add(*entries)
    record.issue(made)
    record.publish_list()
    text = None if trust is None else trust_root_text(time_stamps=trust)
    return Case(name, what, verdict, record.files(), made.pdf, checks=checks or {}, trust_root=text)


def _sound() -> Iterator[Case]:
    valid = VerdictCode.VALID
    yield _case("stamped", "both signatures have a time stamp", _made(), valid)
    yield _case("stamped-seal", "the seal alone has a time stamp", _made(person=None), valid)
    yield _case(
        "stamped-in-the-tolerance",
        "the seal's time stamp is ten minutes after the entry: clocks may differ by so much",
        _made(seal=partial(_stamp, after=600)),
        valid,
    )
    early = partial(_stamp, after=-86_401)
    noted = _case(
        "stamped-a-day-before-the-entry",
        "the seal's time stamp is more than a day older than the entry, which earns a note",
        _made(person=early, seal=early),
        valid,
    )
    said = f"The seal was made at {_IN_VIETNAM:%d/%m/%Y %H:%M:%S} in Vietnam, more than 24 hours before"
    yield replace(noted, notes=(f"{said} the transcript was recorded.",))


def _of_tokens() -> Iterator[Case]:
    def other(_imprint: bytes) -> bytes:
        return _stamp(bytes(32))

    def cut(imprint: bytes) -> bytes:
        return _stamp(imprint)[:-1] + b"\x00"

    false: tuple[tuple[str, str, Stamp], ...] = (
        ("stamp-of-another-signature", "the seal's time stamp is over something else", other),
        (
            "stamp-signature-fails",
            "the signature of the seal's time stamp fails",
            partial(_stamp, signature=bytes(70)),
        ),
        ("stamp-malformed", "the last byte of the seal's time stamp is another", cut),
    )
    for name, what, stamp in (*false, *_overfull()):
        yield _case(name, what, _made(seal=stamp), VerdictCode.ALTERED, _ALTERED)
    yield _case(
        "stamp-of-the-principal-of-another-signature",
        "the principal's time stamp is over something else",
        _made(person=other),
        VerdictCode.ALTERED,
        _ALTERED,
    )
    stranger = partial(_stamp, by=stamper("a stranger's tsa", party("a stranger")))
    unbelieved: tuple[tuple[str, str, Stamp, TimeStamps | None], ...] = (
        ("stamp-by-a-stranger", "the seal's time stamp leads to no anchor for time stamps", stranger, TRUST),
        ("stamp-where-nobody-is-believed", "the trust root believes no authority", _stamp, None),
        (
            "stamp-by-an-expired-authority",
            "the authority's certificate had ended at the time of the stamp",
            partial(_stamp, by=EXPIRED),
            TRUST,
        ),
        (
            "stamp-by-an-authority-that-had-ended",
            "the trust root says that the authority's certificate ended before the stamp",
            _stamp,
            time_stamps(ended=[ended(stamper(), "2026-11-01T00:00:00Z")]),
        ),
        (
            "stamp-by-an-authority-for-documents",
            "the seal's time stamp leads to the anchor for documents, which is none for time stamps",
            partial(_stamp, by=stamper("a tsa below the documents' anchor", ANCHOR)),
            TRUST,
        ),
    )
    for name, what, stamp, trust in unbelieved:
        yield _case(name, what, _made(seal=stamp), VerdictCode.UNCONFIRMED, _UNKNOWN, trust=trust)


def _overfull() -> Iterator[tuple[str, str, Stamp]]:
    """Good tokens over the seal's own signature, with what their authority's signature does not cover."""
    anything = der(OCTETS, b"anything " * 800)
    changes: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("stamp-with-revocation-lists", "brings kilobytes where revocation lists may stand",
         {"lists": der(CONTEXT_1, anything)}),
        ("stamp-with-unsigned-attributes", "has kilobytes of unsigned attributes",
         {"unsigned": der(CONTEXT_1, anything)}),
        ("stamp-with-a-needless-certificate", "brings a certificate that is not on its path",
         {"certificates": [stamper(), party("a needless one")]}),
        ("stamp-with-its-root", "brings the anchor too", {"certificates": [stamper(), TSA_ROOT]}),
        ("stamp-of-another-version", "says another version of SignedData, which nobody signed", {"version": 5}),
    )  # fmt: skip
    for name, what, change in changes:
        yield name, f"the seal's time stamp {what}", partial(_changed, change)
    yield "stamp-with-the-other-s", "the seal's time stamp has n - s for s in its signature", _with_other_s


def _changed(change: dict[str, Any], imprint: bytes) -> bytes:
    token = replace(_token(imprint), **change)
    return token.der(lower_ecdsa(token.sign()))


def _with_other_s(imprint: bytes) -> bytes:
    token = _token(imprint)
    return token.der(with_other_s(lower_ecdsa(token.sign())))


def _of_times() -> Iterator[Case]:
    untrusted, failed = VerdictCode.UNTRUSTED_ISSUER, {CheckId.ISSUER: FAIL}
    yield _case(
        "stamp-after-the-entry",
        "the seal's time stamp is more than ten minutes after the entry",
        _made(seal=partial(_stamp, after=601)),
        untrusted,
        failed,
    )
    future = _case(
        "stamp-in-the-future",
        "the seal's time stamp is more than ten minutes ahead of the reader's clock",
        _made(seal=partial(_stamp, after=601)),
        VerdictCode.ALTERED,
        _ALTERED,
    )
    yield replace(future, now=NOW)
    yield _case(
        "stamps-out-of-order",
        "the principal's time stamp is more than ten minutes after the seal's",
        _made(seal=partial(_stamp, after=-3600)),
        VerdictCode.ALTERED,
        _ALTERED,
    )
    for name, what, period in (
        ("stamp-before-the-certificate", "the seal's certificate began after its time stamp", (-30, 86_400)),
        ("stamp-after-the-certificate", "the seal's certificate had ended before its time stamp", (-86_400, -90)),
    ):  # fmt: skip
        start, end = (dt.datetime.fromtimestamp(NOW + seconds, dt.UTC) for seconds in period)
        seal = party(f"vectors: {name}", ANCHOR, extensions=SUBSCRIBER, not_before=start, not_after=end)
        yield _case(
            name, what, _made(by=seal), untrusted, failed, entries=(registered(seal, Role.SEAL),)
        )  # fmt: skip


def _of_room() -> Iterator[Case]:
    broken = dict.fromkeys(CheckId, UNKNOWN) | {CheckId.STRUCTURE: FAIL, CheckId.READABLE: PASS}
    made, bare = _made(), _made(person=None, seal=None)
    taken = _case(
        "stamp-taken-from-the-seal",
        "somebody took the seal's time stamp out of its unsigned attributes",
        made,
        VerdictCode.ALTERED,
        broken,
    )
    yield replace(taken, file=with_seal(made.pdf, time_stamp=None))
    added = _case(
        "stamp-added-to-the-seal",
        "somebody put a time stamp into a seal that was made without one",
        bare,
        VerdictCode.ALTERED,
        broken,
    )
    yield replace(added, file=with_seal(bare.pdf, time_stamp=_stamp(bytes(32))))
