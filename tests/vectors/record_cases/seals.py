"""Files whose seal says the same in other bytes, beside a record that knows them."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.verdict import CheckId, VerdictCode
from tests.support.certificates import with_other_s
from tests.support.plain_pdf import seal_of, with_seal
from tests.support.whole_record import WholeRecord, document
from tests.vectors.record_cases.case import FAIL, PASS, UNKNOWN, Case

ONE = document("one")


def cases() -> Iterator[Case]:
    """Return the cases."""
    record = WholeRecord()
    record.issue(ONE)
    record.publish_list()
    yield Case(
        "seal-with-the-other-s",
        "the seal's ECDSA signature has n - s for s: as good to a library, and not the spelling of this format",
        VerdictCode.ALTERED,
        record.files(),
        file=with_seal(ONE.pdf, signature=with_other_s(seal_of(ONE.pdf).signature)),
        checks=dict.fromkeys(CheckId, UNKNOWN) | {CheckId.STRUCTURE: FAIL, CheckId.READABLE: PASS},
    )
