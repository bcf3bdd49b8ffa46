"""Transcripts of each level as JSON members, with invented people, for tests of the formats."""

from __future__ import annotations

import json

from schemas.claimed_years import ClaimedYear
from schemas.claims import Claims, claims_of
from schemas.transcript.model import Transcript
from schemas.transcript.subjects import CURRICULUM, AssessmentKind
from schemas.transcript.traits import TRAITS, TraitGroup

SERIAL = "0123456789ABCDEFK"
NONCE = bytes(range(16))

_SCHOOL = {"code": "HN-0001", "name": "Trường THCS Thử", "commune": "Phường Thử", "province": "Hà Nội"}
_SCORED = ("ngu-van", "toan", "ngoai-ngu-1", "gdcd", "lich-su-dia-li", "khtn", "cong-nghe", "tin-hoc")
_COMMENT = ("gdtc", "nghe-thuat", "gd-dia-phuong", "hdtn-hn")


def transcript_members() -> dict[str, object]:
    """Return the JSON members of a first document with grade 6."""
    return {
        "schema": "hocba/transcript/v1",
        "kind": "thcs",
        "profile": 1,
        "serial": SERIAL,
        "nonce": NONCE.hex(),
        "issued_at": "2026-11-24T03:00:00Z",
        "relation": {"kind": "first"},
        "status": {"list_id": 1, "index": 4711},
        "issuer": _SCHOOL,
        "signatory": {"name": "Trần Văn Thử", "title": "HIỆU TRƯỞNG"},
        "learner": _learner(),
        "years": [year_members()],
        "change_trail": "00" * 32,
    }


def _learner() -> dict[str, object]:
    return {
        "student_code": "HS.0001",
        "register_number": "12/2025",
        "full_name": "Nguyễn Thị Ánh",
        "gender": "Nữ",
        "birth_date": "2014-02-28",
        "birth_place": "Hà Nội",
        "ethnicity": "Kinh",
        "address": "1 Phố Thử, Hà Nội",
        "mother": {"name": "Lê Thị Thử"},
    }


def year_members(school_year: str = "2025-2026", grade: int = 6) -> dict[str, object]:
    """Return the JSON members of a year."""
    scored = [
        {"subject": code, "semester1": "7.9", "semester2": "8.1", "year": "8.0", "teacher": "Phạm Văn Thử"}
        for code in _SCORED
    ]
    comment = [
        {"subject": code, "semester1": "Đ", "semester2": "Đ", "year": "Đ", "teacher": "Phạm Văn Thử"}
        for code in _COMMENT
    ]
    levels = {"semester1": "Khá", "semester2": "Tốt", "year": "Tốt"}
    return {
        "ruleset": "tt22-2021",
        "school_year": school_year,
        "grade": grade,
        "class_name": f"{grade}A1",
        "school": _SCHOOL,
        "subjects": [*scored, *comment],
        "conduct": levels,
        "learning": dict(levels),
        "absences": 3,
        "promotion": "Được lên lớp",
        "homeroom_teacher": "Vũ Thị Thử",
        "homeroom_remark": "Chăm học.",
        "principal": {"name": "Trần Văn Thử", "title": "HIỆU TRƯỞNG"},
        "place": "Hà Nội",
        "approved_on": "2026-05-29",
        "confirmations": [],
    }


def primary_members() -> dict[str, object]:
    """Return the JSON members of a first document of primary school with grade 4."""
    learner = _learner() | {
        "nationality": "Việt Nam",
        "home_town": "Xã Thử, Ninh Bình",
        "birth_date": "2016-02-28",
    }
    return transcript_members() | {"kind": "th", "learner": learner, "years": [primary_year_members()]}


def primary_year_members(school_year: str = "2025-2026", grade: int = 4) -> dict[str, object]:
    """Return the JSON members of a year of primary school."""
    subjects = [
        {"subject": subject.code, "level": "T"} | ({"test": 9} if grade in subject.tested else {})
        for subject in CURRICULUM.taught(grade)
        if subject.compulsory
    ]
    groups = {
        name: {
            "results": [
                {"trait": trait.code, "level": "T"}
                for trait in TRAITS
                if trait.group is group and grade in trait.grades
            ]
        }
        for name, group in (
            ("qualities", TraitGroup.QUALITY),
            ("general_competences", TraitGroup.GENERAL),
            ("specific_competences", TraitGroup.SPECIFIC),
        )
    }
    return {
        "ruleset": "tt27-2020",
        "school_year": school_year,
        "grade": grade,
        "class_name": f"{grade}A",
        "school": _SCHOOL,
        "register_number": "12/2025",
        "height_cm": "131.5",
        "weight_kg": "28",
        "absences_excused": 2,
        "absences_unexcused": 0,
        "subjects": subjects,
        **groups,
        "result": "Hoàn thành xuất sắc",
        "completion": "Hoàn thành chương trình lớp học",
        "awards": "Học sinh Xuất sắc",
        "homeroom_teacher": "Vũ Thị Thử",
        "principal": {"name": "Trần Văn Thử", "title": "HIỆU TRƯỞNG"},
        "place": "Hà Nội",
        "approved_on": "2026-05-29",
        "confirmations": [],
    }


def old_primary_year_members() -> dict[str, object]:
    """Return the JSON members of grade 3 in 2021-2022, as recorded under TT 22/2016."""
    new = {"general_competences", "specific_competences", "result", "ruleset"}
    year = {key: value for key, value in primary_year_members("2021-2022", 3).items() if key not in new}
    subjects = [
        {"subject": code, "title": title, "level": "H"}
        | ({"test": 6} if code in {"tieng-viet", "toan"} else {})
        for code, title in (
            ("tieng-viet", "Tiếng Việt"),
            ("toan", "Toán"),
            ("tn-xh", "Tự nhiên và Xã hội"),
            ("cong-nghe-th", "Thủ công"),
            ("gdtc", "Thể dục"),
        )
    ]
    codes = ("tu-phuc-vu-tu-quan", "hop-tac", "tu-hoc-giai-quyet-van-de")
    qualities = ("cham-hoc-cham-lam", "tu-tin-trach-nhiem", "trung-thuc-ki-luat", "doan-ket-yeu-thuong")
    return year | {
        "ruleset": "tt22-2016",
        "subjects": subjects,
        "school": _SCHOOL | {"district": "Quận Thử"},
        "competences": {"results": [{"trait": code, "level": "Đ"} for code in codes]},
        "qualities": {"results": [{"trait": code, "level": "T"} for code in qualities], "remark": "Ngoan."},
        "awards": "Giấy khen học sinh có tiến bộ.",
        "completion": "Chưa hoàn thành chương trình lớp học",
    }


def upper_members() -> dict[str, object]:
    """Return the JSON members of a first document of upper secondary school with grade 10."""
    chosen = {"vat-li", "hoa-hoc", "tin-hoc", "am-nhac"}
    taught = [one for one in CURRICULUM.taught(10) if one.compulsory or one.code in chosen]
    marks = {
        AssessmentKind.SCORED: {"semester1": "7.9", "semester2": "8.1", "year": "8.0"},
        AssessmentKind.COMMENT: {"semester1": "Đ", "semester2": "Đ", "year": "Đ"},
    }
    rows = [{"subject": one.code, **marks[one.kind], "teacher": "Phạm Văn Thử"} for one in taught]
    year = year_members("2025-2026", 10) | {"subjects": rows}
    return transcript_members() | {"kind": "thpt", "years": [year]}


def old_year_members() -> dict[str, object]:
    """Return the JSON members of grade 6 in 2020-2021, as recorded under TT 58/2011."""
    year = year_members("2020-2021", 6)
    recorded = {"semester1": "Khá", "semester2": "Khá", "year": "Khá"}
    codes = ("ngu-van", "toan", "vat-li", "sinh-hoc", "lich-su", "dia-li", "ngoai-ngu-1", "gdcd", "cong-nghe")
    marks = {"semester1": "6.5", "semester2": "7.1", "year": "6.9"}
    return year | {
        "ruleset": "tt58-2011",
        "subjects": [{"subject": code, **marks, "teacher": "Phạm Văn Thử"} for code in codes],
        "school": _SCHOOL | {"district": "Quận Thử"},
        "averages": dict(marks),
        "learning": recorded,
        "conduct": {"semester1": "Tốt", "semester2": "Tốt", "year": "Tốt"},
        "honour": "Học sinh tiên tiến",
    }


def sample_transcript() -> Transcript:
    """Return the transcript of `transcript_members`."""
    return transcript_of(transcript_members())


def transcript_of(members: object) -> Transcript:
    """Return the transcript of JSON members."""
    return Transcript.model_validate_json(json_text(members))


def sample_claims() -> Claims:
    """Return the claims of the sample transcript."""
    return claims_of(sample_transcript(), NONCE)


def secondary_claims(claims: Claims) -> ClaimedYear:
    """Return the first year of claims, which must be one under TT 22/2021."""
    year = claims.years[0]
    assert isinstance(year, ClaimedYear)
    return year


def json_text(members: object) -> str:
    """Return JSON in the one spelling of our formats, made without our code."""
    return json.dumps(members, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
