"""Makes record/*.json: whole public records, something to verify against each, and the verdict that is right.

One file a case, named after its one fault, or after what is special about it. The verdicts are written down from
docs/formats/verdict.md; no verifier is asked here.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import zlib
from collections.abc import Iterator
from typing import Any

from tests.support.vectors import FOLDER
from tests.support.whole_record import spelled, trust_root_text
from tests.vectors.record_cases import (
    checkpoint,
    extracts,
    issuers,
    names,
    proof,
    revocation,
    seals,
    signature_stamps,
    sound,
    standing,
    status_list,
    time_stamps,
)
from tests.vectors.record_cases.case import Case, expected_checks

PAGE = "docs/formats/verdict.md"


def cases() -> Iterator[Case]:
    """Return every case."""
    modules = (
        sound,
        checkpoint,
        proof,
        seals,
        issuers,
        names,
        standing,
        extracts,
        status_list,
        time_stamps,
        signature_stamps,
        revocation,
    )
    for module in modules:
        yield from module.cases()


def text(case: Case) -> str:
    """Return the text of a case's file."""
    members: dict[str, Any] = {
        "page": PAGE,
        "what": case.what,
        "now": f"{dt.datetime.fromtimestamp(case.now, dt.UTC):%Y-%m-%dT%H:%M:%SZ}",
        "trust_root": case.trust_root or trust_root_text(),
        "record": None if case.record is None else spelled(dict(case.record)),
        "subject": _subject(case),
        "verdict": case.verdict.value,
        "checks": expected_checks(case),
        "notes": list(case.notes),
    }
    return json.dumps(members, ensure_ascii=False, indent=1) + "\n"


def files() -> dict[str, str]:
    """Return the text of every file by its name."""
    return {f"{case.name}.json": text(case) for case in cases()}


def _subject(case: Case) -> dict[str, str]:
    if case.file is not None:
        return {"file": base64.b64encode(zlib.compress(case.file, 9)).decode()}
    return {"qr": case.qr} if case.qr is not None else {"serial": case.serial or ""}


if __name__ == "__main__":
    folder = FOLDER / "record"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    for name, content in files().items():
        (folder / name).write_text(content, encoding="utf-8")
