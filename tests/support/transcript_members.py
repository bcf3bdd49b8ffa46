"""A transcript of one year of lower secondary school, with invented people, for tests of the formats."""

from __future__ import annotations

import json

from schemas.claims import Claims, claims_of
from schemas.transcript.model import Transcript

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
        "learner": {
            "student_code": "HS.0001",
            "register_number": "12/2025",
            "full_name": "Nguyễn Thị Ánh",
            "gender": "Nữ",
            "birth_date": "2014-02-28",
            "birth_place": "Hà Nội",
            "ethnicity": "Kinh",
            "address": "1 Phố Thử, Hà Nội",
            "mother": {"name": "Lê Thị Thử"},
        },
        "years": [year_members()],
        "change_trail": "00" * 32,
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


def sample_transcript() -> Transcript:
    """Return the transcript of `transcript_members`."""
    return Transcript.model_validate_json(json_text(transcript_members()))


def sample_claims() -> Claims:
    """Return the claims of the sample transcript."""
    return claims_of(sample_transcript(), NONCE)


def json_text(members: object) -> str:
    """Return JSON in the one spelling of our formats, made without our code."""
    return json.dumps(members, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
