"""Taking a time stamp away never helps: no verdict becomes valid, whoever is believed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from schemas.cms import parse_cms
from schemas.verdict import Verdict, VerdictCode
from tests.support.plain_pdf import with_seal
from tests.support.whole_record import trust_root_text
from tests.vectors.record_cases import signature_stamps
from tests.vectors.record_cases.case import Case
from verify.byte_scan import scan_signatures
from verify.trust import load_trust_root
from verify.verifier import Verifier


def _is_stamped(case: Case) -> bool:
    assert case.file is not None
    return parse_cms(scan_signatures(case.file)[-1].cms).time_stamp is not None


CASES = {case.name: case for case in signature_stamps.cases() if _is_stamped(case)}


@pytest.mark.parametrize("name", sorted(CASES.keys() - {"stamp-added-to-the-seal"}))
def test_without_its_time_stamp_a_file_is_never_valid(name: str, tmp_path: Path) -> None:
    """Good or bad, believed or not: once it is out, the file is altered."""
    case = CASES[name]
    assert case.file is not None
    assert _verdict(case, with_seal(case.file, time_stamp=None), tmp_path).verdict is VerdictCode.ALTERED


def test_the_cases_are_of_every_kind() -> None:
    """Among the files are valid ones, and ones of each verdict that a time stamp can bring about."""
    assert {case.verdict for case in CASES.values()} == {
        VerdictCode.VALID,
        VerdictCode.ALTERED,
        VerdictCode.UNCONFIRMED,
        VerdictCode.UNTRUSTED_ISSUER,
    }


def _verdict(case: Case, pdf: bytes, folder: Path) -> Verdict:
    (folder / "trust-root.json").write_text(case.trust_root or trust_root_text(), encoding="utf-8")
    for name, data in (case.record or {}).items():
        path = folder / "record" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    now = dt.datetime.fromtimestamp(case.now, dt.UTC)
    verifier = Verifier(load_trust_root(folder / "trust-root.json"), folder / "record", now=lambda: now)
    try:
        return verifier.file(pdf)
    finally:
        verifier.close()
