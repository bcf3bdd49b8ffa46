"""Makes transcript/vectors.json: transcripts as data."""

from __future__ import annotations

import copy
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from tests.support.transcript_members import (
    SERIAL,
    json_text,
    old_primary_year_members,
    old_year_members,
    primary_members,
    primary_year_members,
    transcript_members,
    upper_members,
    year_members,
)
from tests.support.vectors import Vector, failure, file_text, sound, write


def _changed(change: Callable[[Any], object], members: dict[str, object] | None = None) -> str:
    members = copy.deepcopy(members or transcript_members())
    change(members)
    return json_text(members)


def _sound(name: str, data: str) -> Vector:
    return sound(name, data, {"serial": SERIAL, "data": sha256(data.encode()).hexdigest()})


def _row(file: Any) -> Any:
    return file["years"][0]["subjects"][0]


def _quality(file: Any) -> Any:
    return file["years"][0]["qualities"]["results"][0]


def _exempted(file: Any) -> None:
    row = file["years"][0]["subjects"][5]
    del row["level"], row["test"]
    row["exempt"] = True


def _elsewhere(year: dict[str, object]) -> dict[str, object]:
    school = {"code": "NB-0007", "name": "Trường THCS Khác", "commune": "Xã Thử", "province": "Ninh Bình"}
    return year | {
        "school": school | {"district": "Huyện Thử"},
        "source": {"serial": SERIAL, "data": "cd" * 32},
    }


def text() -> str:
    """Return the text of the file."""
    good = _changed(lambda _: None)
    two_years = [year_members("2024-2025", 6), year_members("2025-2026", 7)]
    corrects = {"kind": "corrects", "serial": SERIAL, "data": "ab" * 32}
    extracts = corrects | {"kind": "extracts"}
    invalid = {
        "member-unknown": lambda file: file.update(extra=1),
        "member-missing": lambda file: file.pop("nonce"),
        "schema-unknown": lambda file: file.update(schema="hocba/transcript/v2"),
        "profile-unknown": lambda file: file.update(profile=9),
        "profile-of-an-extract-of-nothing": lambda file: file.update(profile=3),
        "extract-with-the-profile-of-a-transcript": lambda file: file.update(relation=extracts),
        "correction-with-the-profile-of-a-summary": lambda file: file.update(profile=4, relation=corrects),
        "extract-of-two-years": lambda file: file.update(profile=3, relation=extracts, years=two_years),
        "extract-without-a-source": lambda file: file.update(profile=3, relation={"kind": "extracts"}),
        "template-zero": lambda file: file.update(template=0),
        "template-as-text": lambda file: file.update(template="1"),
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
    primary = json_text(primary_members())
    history = [
        old_year_members(),
        _elsewhere(year_members("2021-2022", 6)),
        _elsewhere(year_members("2022-2023", 7)),
        year_members("2023-2024", 8),
    ]
    invalid_primary = {
        "primary-level-unknown": lambda file: _row(file).update(level="Đ"),
        "primary-test-zero": lambda file: _row(file).update(test=0),
        "primary-test-with-decimal": lambda file: _row(file).update(test="9.5"),
        "primary-test-of-the-exempt": lambda file: _row(file).update(exempt=True),
        "primary-subject-of-another-grade": lambda file: _row(file).update(subject="tn-xh"),
        "primary-trait-unknown": lambda file: _quality(file).update(trait="dung-cam"),
        "primary-trait-of-another-group": lambda file: _quality(file).update(trait="ngon-ngu"),
        "primary-trait-twice": lambda file: _quality(file).update(trait="nhan-ai"),
        "primary-result-unknown": lambda file: file["years"][0].update(result="Giỏi"),
        "primary-school-completed-in-grade-4": lambda file: file["years"][0].update(
            completion="Hoàn thành chương trình tiểu học"
        ),
        "primary-height-with-comma": lambda file: file["years"][0].update(height_cm="131,5"),
        "secondary-grade-in-primary": lambda file: file.update(years=[year_members()]),
    }
    repeated = [old_primary_year_members(), primary_year_members("2022-2023", 3)]
    invalid_repeated = {
        "primary-year-of-tt27-as-of-tt22-2016": lambda file: file.update(
            years=[old_primary_year_members() | {"school_year": "2022-2023"}]
        ),
        "primary-year-before-tt22-2016": lambda file: file.update(
            years=[old_primary_year_members() | {"school_year": "2015-2016"}]
        ),
        "primary-result-in-tt22-2016": lambda file: file["years"][0].update(result="Hoàn thành"),
        "primary-trait-of-tt27-in-tt22-2016": lambda file: _quality(file).update(trait="nhan-ai"),
        "primary-trait-of-tt22-2016-in-tt27": lambda file: file["years"][1]["qualities"]["results"][0].update(
            trait="cham-hoc-cham-lam"
        ),
        "primary-competences-missing-in-tt22-2016": lambda file: file["years"][0].pop("competences"),
        "primary-school-completed-in-grade-3": lambda file: file["years"][0].update(
            completion="Hoàn thành chương trình tiểu học"
        ),
    }
    invalid_history = {
        "grade-of-another-level": lambda file: file.update(kind="thpt"),
        "subject-of-another-grade": lambda file: _row(file).update(subject="vat-li"),
        "subject-of-another-level": lambda file: _row(file).update(subject="tieng-viet"),
        "year-of-tt22-as-of-tt58": lambda file: file.update(
            years=[old_year_members() | {"school_year": "2021-2022"}]
        ),
        "level-of-tt22-in-tt58": lambda file: file.update(
            years=[old_year_members() | {"conduct": {"year": "Đạt"}}]
        ),
        "year-before-tt58": lambda file: file.update(
            years=[old_year_members() | {"school_year": "2010-2011"}]
        ),
        "ruleset-unknown": lambda file: file["years"][0].update(ruleset="tt32-2009"),
    }
    vectors = [
        _sound("first", good),
        _sound("two-years", _changed(lambda file: file.update(years=two_years))),
        _sound("corrects", _changed(lambda file: file.update(relation=corrects))),
        _sound("extract", _changed(lambda file: file.update(profile=3, relation=extracts))),
        _sound(
            "transfer-summary",
            _changed(lambda file: file.update(profile=4, relation=extracts, years=two_years)),
        ),
        _sound("template", _changed(lambda file: file.update(template=1))),
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
    vectors += [
        _sound("primary", primary),
        _sound("primary-exempt", _changed(_exempted, primary_members())),
        _sound("upper-secondary", json_text(upper_members())),
        _sound("repeated-grade-of-tt58-and-two-schools", _changed(lambda file: file.update(years=history))),
        *(
            failure(name, _changed(change, primary_members()), "transcript-invalid")
            for name, change in invalid_primary.items()
        ),
        *(failure(name, _changed(change), "transcript-invalid") for name, change in invalid_history.items()),
        _sound("repeated-grade-of-tt22-2016", json_text(primary_members() | {"years": repeated})),
        *(
            failure(name, _changed(change, primary_members() | {"years": repeated}), "transcript-invalid")
            for name, change in invalid_repeated.items()
        ),
    ]
    return file_text("docs/formats/transcript.md", "text", vectors)


if __name__ == "__main__":
    write("transcript", text())
