"""Makes transcript/vectors.json: transcripts as data."""

from __future__ import annotations

import copy
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from tests.support.transcript_members import SERIAL, json_text, transcript_members, year_members
from tests.support.vectors import Vector, failure, file_text, sound, write


def _changed(change: Callable[[Any], object]) -> str:
    members = copy.deepcopy(transcript_members())
    change(members)
    return json_text(members)


def _sound(name: str, data: str) -> Vector:
    return sound(name, data, {"serial": SERIAL, "data": sha256(data.encode()).hexdigest()})


def _row(file: Any) -> Any:
    return file["years"][0]["subjects"][0]


def text() -> str:
    """Return the text of the file."""
    good = _changed(lambda _: None)
    two_years = [year_members("2024-2025", 6), year_members("2025-2026", 7)]
    corrects = {"kind": "corrects", "serial": SERIAL, "data": "ab" * 32}
    invalid = {
        "member-unknown": lambda file: file.update(extra=1),
        "member-missing": lambda file: file.pop("nonce"),
        "schema-unknown": lambda file: file.update(schema="hocba/transcript/v2"),
        "profile-unknown": lambda file: file.update(profile=9),
        "serial-wrong": lambda file: file.update(serial=SERIAL[:16] + "J"),
        "time-with-offset": lambda file: file.update(issued_at="2026-11-24T10:00:00+07:00"),
        "correction-of-nothing": lambda file: file.update(relation={"kind": "corrects"}),
        "status-index-too-large": lambda file: file["status"].update(index=2**20),
        "space-before-name": lambda file: file["learner"].update(full_name=" Nguyễn"),
        "birth-date-impossible": lambda file: file["learner"].update(birth_date="2014-02-30"),
        "no-years": lambda file: file.update(years=[]),
        "years-out-of-order": lambda file: file.update(years=two_years[::-1]),
        "year-twice": lambda file: file.update(years=two_years[:1] * 2),
        "ruleset-not-in-force": lambda file: file["years"][0].update(school_year="2020-2021"),
        "subject-unknown": lambda file: _row(file).update(subject="vat-li"),
        "subject-twice": lambda file: _row(file).update(subject="toan"),
        "mark-with-comma": lambda file: _row(file).update(year="8,0"),
        "mark-without-decimal": lambda file: _row(file).update(year="8"),
        "mark-above-ten": lambda file: _row(file).update(year="10.1"),
        "comment-for-a-scored-subject": lambda file: _row(file).update(year="Đ"),
        "absences-negative": lambda file: file["years"][0].update(absences=-1),
    }
    vectors = [
        _sound("first", good),
        _sound("two-years", _changed(lambda file: file.update(years=two_years))),
        _sound("corrects", _changed(lambda file: file.update(relation=corrects))),
        _sound("exempt", _changed(lambda file: _row(file).update(year="M"))),
        *(failure(name, _changed(change), "transcript-invalid") for name, change in invalid.items()),
        failure(
            "null", _changed(lambda file: file["learner"].update(father=None)), "transcript-not-canonical"
        ),
        failure("newline-after", good + "\n", "json-not-canonical"),
        failure("space-after-colon", good.replace(":", ": ", 1), "json-not-canonical"),
        failure("member-twice", good.replace("{", '{"change_trail":"",', 1), "json-not-canonical"),
        failure("mark-as-number", good.replace('"7.9"', "7.9", 1), "json-invalid"),
        failure("name-not-nfc", good.replace("Ánh", "A\u0301nh"), "text-not-nfc"),
        failure("name-with-hidden-character", good.replace("Ánh", "Ánh\u200b"), "text-control-character"),
    ]
    return file_text("docs/formats/transcript.md", "text", vectors)


if __name__ == "__main__":
    write("transcript", text())
