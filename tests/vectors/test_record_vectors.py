"""Whole records, files, QR codes and serials earn the verdicts that are written down for them."""

from __future__ import annotations

import base64
import datetime as dt
import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from schemas.verdict import Verdict
from tests.vectors import generate_record
from verify.trust import load_trust_root
from verify.verifier import Verifier

FILES = sorted((Path(__file__).parent / "record").glob("*.json"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_record_vector(path: Path, tmp_path: Path) -> None:
    """The verdict, every check and the notes are those of the case."""
    case = json.loads(path.read_text(encoding="utf-8"))
    verdict = _verdict(case, tmp_path)
    assert {check.id.value: check.status.value for check in verdict.checks} == case["checks"]
    assert verdict.verdict.value == case["verdict"]
    assert [note for note in case["notes"] if note not in [one.en for one in verdict.notes]] == []


def test_generator_makes_the_committed_files() -> None:
    """`make vectors` would change nothing, and no two cases have one name."""
    made = generate_record.files()
    assert len(made) == sum(1 for _ in generate_record.cases())
    assert {path.name: path.read_text(encoding="utf-8") for path in FILES} == made


def _verdict(case: dict[str, Any], folder: Path) -> Verdict:
    (folder / "trust-root.json").write_text(case["trust_root"], encoding="utf-8")
    record = None if case["record"] is None else folder / "record"
    for name, data in (case["record"] or {}).items():
        path = folder / "record" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(data))
    now = dt.datetime.strptime(case["now"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
    verifier = Verifier(load_trust_root(folder / "trust-root.json"), record, now=lambda: now)
    try:
        match case["subject"]:
            case {"file": packed}:
                return verifier.file(zlib.decompress(base64.b64decode(packed)))
            case {"qr": text}:
                return verifier.qr(text)
            case {"serial": text}:
                return verifier.serial(text)
        raise AssertionError(case["subject"])
    finally:
        verifier.close()
