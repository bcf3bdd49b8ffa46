"""Files whose signers' certificates have ended, and the time stamps that still prove them, or do not.

The certificates end with the year 2034; the files are verified in 2036 or in 2046.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256

from schemas.record.entry import format_entry
from schemas.record.statement import Role
from schemas.record.tiles import stamped_path, token_path
from schemas.record.trust_root import TimeStamps
from schemas.verdict import CheckId, VerdictCode
from tests.support.certificates import SUBSCRIBER, Party, party
from tests.support.record import ORIGIN, digest, revoked, sample_log
from tests.support.time_stamps import TSA_ROOT, Chain, Token, ended, stamper, time_stamps
from tests.support.whole_record import (
    ANCHOR,
    WholeRecord,
    document,
    odd_note,
    registered,
    trust_root_text,
)
from tests.vectors.record_cases.case import UNKNOWN, Case

ONE = document("one")
SEAL_OF_2034 = party(
    "a seal until 2034", ANCHOR, extensions=SUBSCRIBER, not_after=dt.datetime(2034, 1, 1, tzinfo=dt.UTC)
)
INDEX = 4
"""Of its entry."""
TRUST = time_stamps()
FIRST = stamper("tsa of 2025", not_after=dt.datetime(2040, 1, 1, tzinfo=dt.UTC))
SECOND = stamper(
    "tsa of 2038",
    not_before=dt.datetime(2038, 1, 1, tzinfo=dt.UTC),
    not_after=dt.datetime(2050, 1, 1, tzinfo=dt.UTC),
)
_DAY = 86_400


def cases() -> Iterator[Case]:
    """Return the cases."""
    yield from _sound()
    yield from _of_time()
    yield from _of_algorithms()
    yield from _of_tokens()
    yield from _of_chains()


def _at(year: int) -> dt.datetime:
    return dt.datetime(year, 6, 1, tzinfo=dt.UTC)


def _record(*more: bytes) -> WholeRecord:
    record = WholeRecord()
    record.issue(ONE)
    record.add(*more)
    return record


def _case(
    name: str,
    what: str,
    tokens: Mapping[str, bytes],
    *,
    year: int = 2036,
    verdict: VerdictCode = VerdictCode.UNCONFIRMED,
    trust: TimeStamps | None = TRUST,
    record: WholeRecord | None = None,
    checks: Mapping[CheckId, str] | None = None,
) -> Case:
    now = int(_at(year).timestamp())
    record = record or _record()
    record.publish_list(issued_at=now - 600, expires_at=now + _DAY)
    changes = {} if trust is None else {"time_stamps": trust.model_dump()}
    sound = verdict is VerdictCode.VALID
    return Case(
        name,
        what,
        verdict,
        {**record.files(time=now - 600), **tokens},
        file=ONE.pdf,
        checks=({} if sound else {CheckId.ISSUER: UNKNOWN}) if checks is None else checks,
        now=now,
        trust_root=trust_root_text(expires="2060-01-01T00:00:00Z", **changes),
    )


def _note(size: int = INDEX + 1) -> bytes:
    return sample_log(_record().entries[:size]).note()


def _chain(*stamps: tuple[int, Party], note: bytes | None = None) -> dict[str, bytes]:
    chain = Chain()
    for year, by in stamps:
        chain.add(note or _note(), _at(year), by)
    return chain.files


def _sound() -> Iterator[Case]:
    proof = (
        "A signer's certificate has ended since; the time stamp of 01/06/2027 07:00:00 in Vietnam by tsa of 2025 shows "
        "that the transcript had been recorded before."
    )
    stamped = _case(
        "time-stamped",
        "the certificates ended in 2034; a time stamp of 2027 by an authority valid until 2040 is older",
        _chain((2027, FIRST)),
        verdict=VerdictCode.VALID,
    )
    renewed = _case(
        "time-stamp-renewed",
        "in 2046 the first authority has ended too; a second one stamped its token in 2039",
        _chain((2027, FIRST), (2039, SECOND)),
        year=2046,
        verdict=VerdictCode.VALID,
    )
    yield from (replace(one, notes=(proof,)) for one in (stamped, renewed))
    yield _case(
        "time-stamp-across-a-stranger",
        "a token by somebody unknown lies between the two; the links go by digest",
        _chain((2027, FIRST), (2030, stamper("a stranger", party("nobody"))), (2039, SECOND)),
        year=2046,
        verdict=VerdictCode.VALID,
    )
    yield _case(
        "time-stamp-not-asked-for-yet",
        "the trust root asks for time stamps from 2037 on only, and the document has one of 2035",
        _chain((2035, FIRST)),
        verdict=VerdictCode.VALID,
        trust=time_stamps(required_from="2037-01-01T00:00:00Z"),
    )
    yield _case(
        "time-stamps-not-believed",
        "the trust root names no time-stamp authority: the time of the entry counts",
        {},
        verdict=VerdictCode.VALID,
        trust=None,
    )
    record = _record(format_entry(revoked(INDEX)))
    yield _case(
        "time-stamped-and-revoked",
        "time stamps do not help a revoked document",
        _chain((2027, FIRST)),
        verdict=VerdictCode.REVOKED,
        record=record,
        checks={CheckId.STATUS: "fail"},
    )


def _of_time() -> Iterator[Case]:
    yield _case("time-stamp-missing", "the certificates have ended and no time stamp is there", {})
    yield _case(
        "time-stamp-after-the-certificates",
        "the only time stamp was made after the signers' certificates had ended",
        _chain((2035, FIRST)),
    )
    yield _case(
        "time-stamp-not-renewed",
        "in 2046 the authority of the only time stamp has ended too",
        _chain((2027, FIRST)),
        year=2046,
    )
    one = document("with a seal until 2034", seal=SEAL_OF_2034)
    record = WholeRecord()
    record.add(registered(SEAL_OF_2034, Role.SEAL))
    record.issue(one)
    missing = _case(
        "time-stamp-missing-for-the-seal",
        "only the seal's certificate has ended; the principal's is valid for half a year more",
        {},
        year=2034,
        record=record,
    )
    yield replace(missing, file=one.pdf)
    late = stamper("tsa of 2040", not_before=_at(2040), not_after=_at(2050))
    yield _case(
        "time-stamp-renewed-too-late",
        "the second token was made after the first one's authority had ended",
        _chain((2027, FIRST), (2041, late)),
        year=2046,
    )
    yield _case(
        "time-stamp-outside-its-certificate",
        "the token is of a time at which its authority's certificate was not yet valid",
        _chain((2027, SECOND)),
        year=2046,
    )
    yield _case(
        "time-stamp-authority-revoked",
        "the trust root ends the first authority's certificate before its token was renewed",
        _chain((2027, FIRST), (2039, SECOND)),
        year=2046,
        trust=time_stamps(ended=[ended(FIRST, "2039-01-01T00:00:00Z")]),
    )
    yield _case(
        "time-stamp-anchor-ended",
        "the trust root believes the anchor of all time stamps no longer",
        _chain((2027, FIRST)),
        trust=time_stamps(ended=[ended(TSA_ROOT, "2036-01-01T00:00:00Z")]),
    )
    yield _case(
        "time-stamp-asked-for",
        "the trust root asks for time stamps from 2036 on; the only one came later",
        _chain((2036, FIRST)),
        trust=time_stamps(required_from="2036-01-01T00:00:00Z"),
        year=2037,
    )


def _of_algorithms() -> Iterator[Case]:
    algorithm = {"name": "ecdsa-p256", "minimum_bits": 256, "until": "2028-01-01T00:00:00Z"}
    trust_root = trust_root_text(
        expires="2060-01-01T00:00:00Z", algorithms=(algorithm,), time_stamps=TRUST.model_dump()
    )
    before = _case(
        "time-stamped-before-the-algorithm-ended",
        "the trust root accepts the signatures' algorithm until 2028; the time stamp is of 2027",
        _chain((2027, FIRST)),
        year=2030,
        verdict=VerdictCode.VALID,
    )
    after = _case(
        "time-stamped-after-the-algorithm-ended",
        "the trust root accepts the signatures' algorithm until 2028; the time stamp is of 2029",
        _chain((2029, FIRST)),
        year=2030,
    )
    yield from (replace(one, trust_root=trust_root) for one in (before, after))


def _of_tokens() -> Iterator[Case]:
    good = _chain((2027, FIRST))
    token = Token(sha256(good[stamped_path(1)]).digest(), _at(2027), FIRST)

    def with_token(other: bytes) -> dict[str, bytes]:
        return good | {token_path(1): other}

    yield _case(
        "time-stamp-imprint-wrong",
        "the token is over something else",
        with_token(replace(token, imprint=digest("else")).der()),
    )
    yield _case("time-stamp-signature-wrong", "the token's signature fails", with_token(token.der(bytes(70))))
    yield _case("time-stamp-cut-off", "the token lacks its last byte", with_token(good[token_path(1)][:-1]))
    yield _case(
        "time-stamp-without-a-certificate",
        "the token brings no certificate",
        with_token(replace(token, certificates=[]).der()),
    )
    yield _case(
        "time-stamp-by-a-stranger",
        "the token's authority leads to no anchor for time stamps",
        with_token(replace(token, by=stamper("a stranger", party("nobody"))).der()),
    )
    yield _case(
        "time-stamp-by-a-signer-of-documents",
        "the token is signed with a certificate that is not for time stamps",
        with_token(replace(token, by=party("a signer", TSA_ROOT, extensions=SUBSCRIBER)).der()),
    )
    yield _case(
        "time-stamp-of-another-time",
        "the time in the token was changed after it was signed",
        with_token(good[token_path(1)].replace(b"20270601", b"20260601")),
    )


def _of_chains() -> Iterator[Case]:
    good = _chain((2027, FIRST), (2039, SECOND))
    yield _case(
        "time-stamp-of-a-smaller-checkpoint",
        "the stamped checkpoint does not cover the document's entry",
        _chain((2027, FIRST), note=_note(INDEX)),
    )
    yield _case(
        "time-stamp-of-another-log",
        "the stamped checkpoint is another log's",
        _chain(
            (2027, FIRST),
            note=odd_note(
                INDEX + 1,
                sample_log(_record().entries[: INDEX + 1]).frontier.root(),
                origin="other.example.vn",
            ),
        ),
    )
    yield _case(
        "time-stamp-of-another-root",
        "the stamped checkpoint has a root that this log never had",
        _chain((2027, FIRST), note=odd_note(INDEX + 1, digest("another root"), origin=ORIGIN)),
    )
    chain = Chain()
    chain.add(_note(), _at(2027), FIRST)
    chain.add(_note(), _at(2039), SECOND, before=b"another token")
    yield _case(
        "time-stamp-link-wrong",
        "the second token was made over another first one, so that it renews nothing here",
        chain.files,
        year=2046,
    )
    chain = Chain()
    chain.add(_note(), _at(2027), FIRST)
    chain.add(_note(), _at(2039), SECOND, signature=bytes(70))
    chain.add(_note(), _at(2045), SECOND)
    yield _case(
        "time-stamp-renewal-forged",
        "the signature of the token that should renew the first one fails; one that follows comes too late for it",
        chain.files,
        year=2046,
    )
    yield _case(
        "time-stamp-number-missing",
        "the first token is missing, and the second is not looked for",
        {path: data for path, data in good.items() if "/1." not in path},
        year=2046,
    )
    yield _case(
        "time-stamp-number-wrong",
        "the second token's files lie under the first one's number",
        {path.replace("/2.", "/1."): data for path, data in good.items() if "/2." in path},
        year=2046,
    )
