"""A convincing transcript and its real QR, for tests of page, record and verification."""

from __future__ import annotations

import datetime as dt
from hashlib import sha256
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel

from schemas.claims import claims_of, format_claims
from schemas.cose import key_id, sign1
from schemas.qr import QRAddress
from schemas.serial import serial_from_bytes
from schemas.transcript.model import (
    Confirmation,
    Kind,
    Learner,
    Levels,
    Person,
    Promotion,
    Relation,
    RelationKind,
    School,
    Signatory,
    StatusReference,
    SubjectResult,
    Transcript,
    Year,
    YearTT22,
)
from schemas.transcript.rulesets import Ruleset
from schemas.transcript.rulesets.tt22_2021 import Level

_Part = TypeVar("_Part", bound=BaseModel)

CREDENTIAL_KEY = Ed25519PrivateKey.from_private_bytes(sha256(b"hocba tests: credential key").digest())
VERIFY_HOST = "kiemtra.hocba.example"
ISSUED_AT = dt.datetime(2026, 11, 24, 3, 0, tzinfo=dt.UTC)
SERIAL = serial_from_bytes(bytes.fromhex("4a1f0c77d25be38890a3"))

SCHOOL = School(
    code="01-THCS-0417",
    name="Trường THCS Nguyễn Trường Tộ",
    commune="Phường Đống Đa",
    province="Thành phố Hà Nội",
)
PRINCIPAL = Signatory(name="Nguyễn Thị Hồng Hạnh", title="Hiệu trưởng")

_ROWS = (
    ("ngu-van", "8.0", "8.3", "8.2", "Cảm thụ văn học tốt, diễn đạt mạch lạc.", "Trần Thị Bích Ngọc"),
    ("toan", "8.5", "9.0", "8.8", "Tư duy tốt, cần trình bày cẩn thận hơn.", "Lê Quang Vũ"),
    ("ngoai-ngu-1", "7.9", "8.1", "8.0", "Phát âm tốt; nên đọc thêm ở nhà.", "Phạm Thuỳ Dương"),
    ("gdcd", "9.0", "9.2", "9.1", "Ý thức kỉ luật tốt.", "Vũ Thị Oanh"),
    ("lich-su-dia-li", "7.5", "8.0", "7.8", "Nắm vững kiến thức cơ bản.", "Đỗ Hữu Phước"),
    ("khtn", "8.2", "8.6", "8.5", "Ham tìm hiểu, làm thí nghiệm khéo.", "Bùi Ngọc Ánh"),
    ("cong-nghe", "8.8", "9.0", "8.9", "Hoàn thành tốt các dự án.", "Hoàng Văn Kỳ"),
    ("tin-hoc", "9.5", "10.0", "9.8", "Rất có năng khiếu.", "Đặng Minh Quý"),
    ("gdtc", "Đ", "Đ", "Đ", "Tích cực tập luyện.", "Ngô Đức Thịnh"),
    ("nghe-thuat", "Đ", "Đ", "Đ", "Hát đúng, vẽ có sáng tạo.", "Lưu Thị Mỹ Lệ"),
    ("gd-dia-phuong", "Đ", "Đ", "Đ", None, "Đỗ Hữu Phước"),
    ("hdtn-hn", "Đ", "Đ", "Đ", "Hăng hái, biết giúp bạn.", "Trần Thị Bích Ngọc"),
)


def sample_rows() -> tuple[SubjectResult, ...]:
    """Return the rows of page A: every compulsory subject, the foreign language as taught."""
    return tuple(
        SubjectResult(
            subject=code,
            title="Ngoại ngữ 1 (Tiếng Anh)" if code == "ngoai-ngu-1" else None,
            semester1=first,
            semester2=second,
            year=year,
            remark=remark,
            teacher=teacher,
        )
        for code, first, second, year, remark, teacher in _ROWS
    )


def sample_year(**changes: Any) -> YearTT22:
    """Return the year 2025-2026 in grade 8."""
    year = YearTT22(
        ruleset=Ruleset.TT22_2021,
        school_year="2025-2026",
        grade=8,
        class_name="8A3",
        school=SCHOOL,
        subjects=sample_rows(),
        conduct=Levels(semester1=Level.GOOD, semester2=Level.GOOD, year=Level.GOOD),
        learning=Levels(semester1=Level.FAIR, semester2=Level.GOOD, year=Level.GOOD),
        absences=3,
        promotion=Promotion.PROMOTED,
        certificates="Giải Ba cuộc thi Tin học trẻ cấp thành phố năm 2026.",
        awards="Học sinh Giỏi năm học 2025-2026.",
        homeroom_teacher="Trần Thị Bích Ngọc",
        homeroom_remark="Ngoan, trung thực, hoà đồng với bạn bè; có tinh thần tự học và trách nhiệm với tập thể lớp.",
        principal=PRINCIPAL,
        place="Hà Nội",
        approved_on=dt.date(2026, 5, 29),
        confirmations=(
            Confirmation(
                role="homeroom-teacher",
                name="Trần Thị Bích Ngọc",
                at=dt.datetime(2026, 5, 28, 9, 30, tzinfo=dt.UTC),
                rows="ab" * 32,
            ),
        ),
    )
    return changed(year, changes)


def secondary(year: Year) -> YearTT22:
    """Return a year that must be one under TT 22/2021, as such."""
    assert isinstance(year, YearTT22)
    return year


def sample_learner(**changes: Any) -> Learner:
    """Return a learner whose name has letters that only a font with full Vietnamese sets."""
    learner = Learner(
        student_code="0124817536",
        personal_id="001213004821",
        record_code="HSHT-001213004821",
        register_number="0417/2022",
        full_name="Nguyễn Hoàng Khánh Quỳnh",
        gender="Nữ",
        birth_date=dt.date(2012, 9, 5),
        birth_place="Bệnh viện Phụ sản Hà Nội",
        ethnicity="Kinh",
        address="Số 12, ngõ 86 phố Hào Nam, Phường Đống Đa, Thành phố Hà Nội",
        father=Person(name="Nguyễn Hoàng Vỹ", occupation="Kĩ sư xây dựng"),
        mother=Person(name="Phùng Thị Thuý Ái", occupation="Dược sĩ"),
    )
    return changed(learner, changes)


def sample_transcript(**changes: Any) -> Transcript:
    """Return a transcript of one year; `changes` replace its fields."""
    transcript = Transcript(
        schema_id="hocba/transcript/v1",
        kind=Kind.LOWER_SECONDARY,
        profile=1,
        serial=SERIAL,
        nonce="00112233445566778899aabbccddeeff",
        issued_at=ISSUED_AT,
        relation=Relation(kind=RelationKind.FIRST),
        status=StatusReference(list_id=1, index=417),
        issuer=SCHOOL,
        signatory=PRINCIPAL,
        learner=sample_learner(),
        years=(sample_year(),),
        change_trail="cd" * 32,
    )
    return changed(transcript, changes)


def sample_qr(transcript: Transcript) -> QRAddress:
    """Return the address with the claims of `transcript`, signed by `CREDENTIAL_KEY`."""
    payload = format_claims(claims_of(transcript, bytes.fromhex(transcript.nonce)))
    signed = sign1(payload, key_id(CREDENTIAL_KEY.public_key().public_bytes_raw()), CREDENTIAL_KEY.sign)
    return QRAddress(VERIFY_HOST, transcript.serial, signed)


def changed(part: _Part, changes: dict[str, Any]) -> _Part:
    """Return the part with other values for some of its members."""
    # Through the constructor again, so that a sample is always a valid one.
    return type(part)(**{name: getattr(part, name) for name in type(part).model_fields} | changes)
