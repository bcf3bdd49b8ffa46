"""Offline packs and QR codes earn the verdicts that are written down for them."""

from __future__ import annotations

import base64
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from schemas.record.envelope import parse_envelope
from schemas.record.pack_fold import PackFold
from schemas.record.status_list import Status
from tests.support.packs import pack_of, signed_pack
from tests.support.record import SCHOOL
from tests.support.record_server import put
from tests.support.whole_record import WholeRecord, document
from tests.vectors import generate_offline
from verify.findings import VerifyError
from verify.offline_pack import PackView, check_against_record, open_pack
from verify.offline_paper import verify_qr_offline
from verify.pack_audit import wrong_packs
from verify.record_reader import RecordReader, read_entries

FILE = Path(__file__).parent / "offline" / "cases.json"
RECORDS = sorted(
    path
    for path in (Path(__file__).parent / "record").glob("*.json")
    if '"qr": ' in path.read_text(encoding="utf-8")
)
CASES = json.loads(FILE.read_text(encoding="utf-8"))
TRUST = parse_envelope(CASES["trust_root"].encode()).root


@pytest.mark.parametrize("case", CASES["cases"], ids=[case["name"] for case in CASES["cases"]])
def test_offline_vector(case: dict[str, Any]) -> None:
    """Verdict and checks are those of the case, and the packs that are no good are refused."""
    packs: dict[str, PackView] = {}
    refused = 0
    for data in case["packs"]:
        try:
            opened = open_pack(base64.b64decode(data), TRUST)
        except VerifyError:
            refused += 1
            continue
        old = packs.get(opened.pack.school)
        if old is None or opened.follows(old):
            packs[opened.pack.school] = opened
    now = dt.datetime.strptime(case["now"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
    verdict = verify_qr_offline(case["qr"], trust=TRUST, packs=packs, now=now)
    assert {check.id.value: check.status.value for check in verdict.checks} == case["checks"]
    assert (verdict.verdict.value, refused) == (case["verdict"], case["refused"])
    assert (verdict.document is None) == (case["verdict"] in {"unreadable", "altered", "untrusted_issuer"})


@pytest.mark.parametrize("path", RECORDS, ids=[path.stem for path in RECORDS])
def test_pack_never_says_more_than_the_record(path: Path, tmp_path: Path) -> None:
    """For every QR code among the vectors of records, a pack made from the record gives the same verdict."""
    case = json.loads(path.read_text(encoding="utf-8"))
    for name, data in case["record"].items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode(data))
    trust = parse_envelope(case["trust_root"].encode()).root
    view = RecordReader(tmp_path, trust).view()
    fold = PackFold()
    fold.add_all(read_entries(tmp_path, 0, view.size), view.ledger)
    packs = {}
    for school in fold.schools():
        opened = open_pack(signed_pack(fold.pack(school, view.checkpoint.note, view.ledger)), trust)
        check_against_record(opened, view)
        packs[school] = opened
    now = dt.datetime.strptime(case["now"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
    verdict = verify_qr_offline(case["subject"]["qr"], trust=trust, packs=packs, now=now)
    assert verdict.verdict.value == case["verdict"]


def test_pack_that_differs_from_the_record_is_refused(tmp_path: Path) -> None:
    """Whoever holds the status key alone cannot pass a pack off on somebody who has the record."""
    record = WholeRecord()
    record.issue(document("one"))
    for name, data in record.files().items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    view = RecordReader(tmp_path, TRUST).view()
    pack = pack_of(record)
    check_against_record(open_pack(signed_pack(pack), TRUST), view)
    row = pack.documents
    for changes in (
        {"documents": b""},
        {"documents": row[:4] + bytes(8) + row[12:]},
        {"ended": {4: Status.REVOKED}},
    ):
        with pytest.raises(VerifyError) as caught:
            check_against_record(open_pack(signed_pack(pack, **changes), TRUST), view)
        assert caught.value.code == "pack-differs"
        put(tmp_path, {f"packs/{SCHOOL}": signed_pack(pack, **changes)})
        assert [path for path, _, _ in wrong_packs(tmp_path, view, TRUST)] == [f"packs/{SCHOOL}"]
    record.issue(document("two"))
    with pytest.raises(VerifyError) as caught:
        check_against_record(open_pack(signed_pack(pack_of(record)), TRUST), view)
    assert caught.value.code == "pack-ahead"


def test_no_changed_byte_is_taken() -> None:
    """A pack in which any one byte was changed is refused."""
    record = WholeRecord()
    record.issue(document("one"))
    data = signed_pack(pack_of(record))
    for at in range(len(data)):
        with pytest.raises(VerifyError):
            open_pack(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], TRUST)


def test_generator_makes_the_committed_file() -> None:
    """`make vectors` would change nothing, and no two cases have one name."""
    assert generate_offline.text() == FILE.read_text(encoding="utf-8")
    names = [case["name"] for case in CASES["cases"]]
    assert len(set(names)) == len(names)
