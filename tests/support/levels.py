"""A convincing transcript of each other level, and histories that schools meet: for tests of the forms."""

from __future__ import annotations

import datetime as dt
from typing import Any

from schemas.transcript.model import (
    AveragesTT58,
    ConductTT58,
    Confirmation,
    Corrections,
    Kind,
    Learner,
    LearningTT58,
    Levels,
    Person,
    PrimaryResult,
    PrimaryYear,
    Promotion,
    School,
    Signatory,
    SourceDocument,
    SubjectResult,
    TraitResult,
    Traits,
    Transcript,
    YearTT22,
    YearTT22Of2016,
    YearTT27,
    YearTT58,
)
from schemas.transcript.rulesets import Ruleset
from schemas.transcript.rulesets.tt22_2016 import RECORD
from schemas.transcript.rulesets.tt22_2021 import Level
from schemas.transcript.rulesets.tt27_2020 import Achievement, Completion, Growth, YearResult
from schemas.transcript.rulesets.tt58_2011 import Conduct, Honour, Learning
from schemas.transcript.subjects import CURRICULUM, AssessmentKind
from schemas.transcript.traits import TRAITS, TRAITS_TT22_2016, TraitGroup
from tests.support.transcripts import SERIAL, changed, sample_learner, sample_transcript, sample_year

PRIMARY_SCHOOL = School(
    code="24-TH-0031", name="Trường Tiểu học Kim Đồng", commune="Phường Kinh Bắc", province="Tỉnh Bắc Ninh"
)
UPPER_SCHOOL = School(
    code="40-THPT-0012",
    name="Trường THPT Phan Bội Châu",
    commune="Phường Vinh Phú",
    province="Tỉnh Nghệ An",
)
FORMER_SCHOOL = School(
    code="66-THPT-0105",
    name="Trường THPT Buôn Ma Thuột",
    commune="Phường Tân Lợi",
    district="Thành phố Buôn Ma Thuột",
    province="Tỉnh Đắk Lắk",
)
PRIMARY_PRINCIPAL = Signatory(name="Vũ Thị Bạch Tuyết", title="Hiệu trưởng")
UPPER_PRINCIPAL = Signatory(name="Hồ Sỹ Nguyên", title="Phó Hiệu trưởng", on_behalf="KT. Hiệu trưởng")
_REMARKS = (
    "Đọc trôi chảy, viết đúng chính tả; cần mạnh dạn hơn khi kể chuyện.",
    "Tính nhanh, trình bày bài khoa học.",
    "Phát âm rõ, tích cực nói trong giờ học.",
    "Lễ phép, biết giúp đỡ bạn bè.",
)
_TEACHERS = ("An", "Bình", "Châu", "Dung", "Giang", "Hà", "Khanh", "Linh", "Mai", "Nga", "Oanh", "Phúc")
_CHOSEN = frozenset({"dia-li", "gdktpl", "tin-hoc", "am-nhac"})


def primary_learner(**changes: Any) -> Learner:
    """Return a learner of primary school, with nationality and home town."""
    learner = Learner(
        student_code="2416003157",
        personal_id="027316004512",
        nationality="Việt Nam",
        home_town="Xã Tiên Du, Tỉnh Bắc Ninh",
        register_number="0157/2022",
        full_name="Đặng Thuỳ Ỷ Vân",
        gender="Nữ",
        birth_date=dt.date(2016, 2, 29),
        birth_place="Bệnh viện Sản – Nhi Bắc Ninh",
        ethnicity="Kinh",
        address="Số 8, đường Nguyễn Đăng Đạo, Phường Kinh Bắc, Tỉnh Bắc Ninh",
        father=Person(name="Đặng Hữu Lộc", occupation="Thợ mộc"),
        mother=Person(name="Ngô Thị Thuỷ", occupation="Công nhân may"),
    )
    return changed(learner, changes)


def primary_year(grade: int = 4, **changes: Any) -> YearTT27:
    """Return a year of primary school; grade 4 is 2025-2026."""
    taught = [subject for subject in CURRICULUM.taught(grade) if subject.compulsory]
    rows = tuple(
        PrimaryResult(
            subject=subject.code,
            title="Ngoại ngữ 1 (Tiếng Anh)" if subject.code == "ngoai-ngu-1" else None,
            level=Achievement.DONE if number == 3 else Achievement.GOOD,
            test=9 if grade in subject.tested else None,
            remark=_REMARKS[number] if number < len(_REMARKS) else None,
        )
        for number, subject in enumerate(taught)
    )
    first = 2021 + grade
    year = YearTT27(
        ruleset=Ruleset.TT27_2020,
        school_year=f"{first}-{first + 1}",
        grade=grade,
        class_name=f"{grade}C",
        school=PRIMARY_SCHOOL,
        register_number="0157/2022",
        entered_on=dt.date(first, 9, 5),
        height_cm="131.5",
        weight_kg="28",
        absences_excused=2,
        absences_unexcused=0,
        subjects=rows,
        qualities=_traits(TraitGroup.QUALITY, grade, "Yêu quý bạn bè, kính trọng thầy cô; chăm đọc sách."),
        general_competences=_traits(TraitGroup.GENERAL, grade, "Tự giác học tập, biết hợp tác trong nhóm."),
        specific_competences=_traits(TraitGroup.SPECIFIC, grade, None),
        result=YearResult.EXCELLENT,
        completion=Completion.PRIMARY if grade == 5 else Completion.GRADE,
        awards="Học sinh Xuất sắc.",
        homeroom_teacher="Nguyễn Thị Kim Ngân",
        principal=PRIMARY_PRINCIPAL,
        place="Bắc Ninh",
        approved_on=dt.date(first + 1, 5, 28),
        confirmations=(_confirmed("Nguyễn Thị Kim Ngân", dt.date(first + 1, 5, 27)),),
    )
    return changed(year, changes)


def old_primary_year(grade: int = 3, **changes: Any) -> YearTT22Of2016:
    """Return a year as recorded under TT 22/2016; grade 3 is 2021-2022, and was not completed."""
    rows = tuple(
        PrimaryResult(
            subject=subject.code,
            title=subject.name,
            level=Achievement.NOT_DONE if subject.code == "toan" else Achievement.DONE,
            test=(3 if subject.code == "toan" else 7) if subject.tested else None,
            remark="Cần luyện thêm phép nhân, phép chia." if subject.code == "toan" else None,
        )
        for subject in RECORD.taught(grade)
        if subject.code != "tieng-dtts"
    )
    first = 2018 + grade
    competences, qualities = (
        tuple(
            TraitResult(trait=trait.code, level=Growth.PASS if number else Growth.TRY_HARDER)
            for number, trait in enumerate(TRAITS_TT22_2016)
            if trait.group is group
        )
        for group in (TraitGroup.COMPETENCE, TraitGroup.QUALITY)
    )
    year = YearTT22Of2016(
        ruleset=Ruleset.TT22_2016,
        school_year=f"{first}-{first + 1}",
        grade=grade,
        class_name=f"{grade}A",
        school=PRIMARY_SCHOOL.model_copy(update={"district": "Huyện Tiên Du"}),
        register_number="0157/2022",
        height_cm="124",
        weight_kg="24.5",
        absences_excused=12,
        absences_unexcused=3,
        subjects=rows,
        competences=Traits(results=competences, remark="Chưa tự giác chuẩn bị đồ dùng học tập."),
        qualities=Traits(results=qualities, remark="Đoàn kết, thân ái với bạn bè."),
        completion=Completion.NOT_COMPLETED,
        homeroom_teacher="Trịnh Thị Hoa",
        principal=Signatory(name="Nguyễn Đức Thuận", title="Hiệu trưởng"),
        place="Bắc Ninh",
        approved_on=dt.date(first + 1, 5, 30),
    )
    return changed(year, changes)


def repeated_primary_transcript() -> Transcript:
    """Return three years of primary school: grade 3 under TT 22/2016, and again under TT 27/2020."""
    years = (
        old_primary_year(),
        primary_year(3, school_year="2022-2023"),
        primary_year(4, school_year="2023-2024"),
    )
    return primary_transcript(*years)


def primary_transcript(*years: PrimaryYear, **changes: Any) -> Transcript:
    """Return a transcript of primary school: of grade 4 alone, or of these years."""
    return sample_transcript(
        **{
            "kind": Kind.PRIMARY,
            "issuer": PRIMARY_SCHOOL,
            "signatory": PRIMARY_PRINCIPAL,
            "learner": primary_learner(),
            "years": years or (primary_year(),),
        }
        | changes
    )


def upper_year(grade: int = 11, **changes: Any) -> YearTT22:
    """Return a year of upper secondary school with four chosen subjects; grade 11 is 2025-2026."""
    taught = [one for one in CURRICULUM.taught(grade) if one.compulsory or one.code in _CHOSEN]
    rows = tuple(
        SubjectResult(
            subject=subject.code,
            title="Ngoại ngữ 1 (Tiếng Anh)" if subject.code == "ngoai-ngu-1" else None,
            **_marks(subject.kind, number),
            remark="Nắm chắc kiến thức, vận dụng tốt vào thực tế.",
            teacher=f"Phan Thị Hoài {_TEACHERS[number]}",
        )
        for number, subject in enumerate(taught)
    )
    first = 2014 + grade
    year = sample_year(
        school_year=f"{first}-{first + 1}",
        grade=grade,
        class_name=f"{grade}A2",
        school=UPPER_SCHOOL,
        subjects=rows,
        certificates="Chứng chỉ nghề Điện dân dụng, loại Giỏi.",
        awards=None,
        homeroom_teacher="Trần Đình Khôi",
        principal=UPPER_PRINCIPAL,
        place="Nghệ An",
        approved_on=dt.date(first + 1, 5, 30),
        confirmations=(_confirmed("Trần Đình Khôi", dt.date(first + 1, 5, 29)),),
    )
    return changed(year, changes)


def upper_transcript(*years: YearTT22 | YearTT58, **changes: Any) -> Transcript:
    """Return a transcript of upper secondary school: of grade 11 alone, or of these years."""
    return sample_transcript(
        **{
            "kind": Kind.UPPER_SECONDARY,
            "issuer": UPPER_SCHOOL,
            "signatory": UPPER_PRINCIPAL,
            "learner": sample_learner(full_name="Lò Thị Pưn", birth_date=dt.date(2009, 3, 8)),
            "years": years or (upper_year(),),
        }
        | changes
    )


def transferred_transcript() -> Transcript:
    """Return the transcript of one who changed schools after grade 10: exemption, summer, corrections."""
    source = SourceDocument(serial=SERIAL, data="ab" * 32)
    rows = tuple(
        row.model_copy(update={"semester1": "M", "semester2": "M", "year": "M", "remark": "Được miễn học."})
        if row.subject == "gdtc"
        else row
        for row in upper_year(10).subjects
    )
    again = tuple(
        row.model_copy(update={"semester1": "3.1", "semester2": "3.3", "year": "3.2", "reassessed": "5.5"})
        if row.subject == "toan"
        else row
        for row in upper_year(11).subjects
    )
    return upper_transcript(
        upper_year(10, subjects=rows, school=FORMER_SCHOOL, source=source, place="Đắk Lắk"),
        upper_year(
            11,
            subjects=again,
            corrections=Corrections(count=3, subjects=("Toán", "Lịch sử")),
            learning=Levels(semester1=Level.FAIL, semester2=Level.FAIL, year=Level.FAIL, after=Level.PASS),
            promotion=Promotion.PROMOTED_AFTER,
        ),
        upper_year(12, promotion=Promotion.COMPLETED),
    )


def old_year(**changes: Any) -> YearTT58:
    """Return grade 10 in 2021-2022, as recorded under TT 58/2011."""
    codes = (
        "toan",
        "vat-li",
        "hoa-hoc",
        "sinh-hoc",
        "tin-hoc",
        "ngu-van",
        "lich-su",
        "dia-li",
        "ngoai-ngu-1",
    )
    rows = [
        SubjectResult(
            subject=code, semester1="6.5", semester2="7.1", year="6.9", teacher="Cao Xuân Hạo", remark=None
        )
        for code in codes
    ]
    rows.append(
        SubjectResult(
            subject="gdtc", title="Thể dục", semester1="Đ", semester2="Đ", year="Đ", teacher="Đinh Văn Lực"
        )
    )
    year = YearTT58(
        ruleset=Ruleset.TT58_2011,
        school_year="2021-2022",
        grade=10,
        class_name="10B5",
        school=FORMER_SCHOOL,
        subjects=tuple(rows),
        averages=AveragesTT58(semester1="6.5", semester2="7.1", year="6.9"),
        conduct=ConductTT58(semester1=Conduct.GOOD, semester2=Conduct.FAIR, year=Conduct.FAIR),
        learning=LearningTT58(semester1=Learning.AVERAGE, semester2=Learning.FAIR, year=Learning.FAIR),
        absences=7,
        promotion=Promotion.NOT_PROMOTED,
        honour=Honour.ADVANCED,
        homeroom_teacher="Cao Xuân Hạo",
        homeroom_remark="Có cố gắng.",
        principal=Signatory(name="Y Thuyên Ayŭn Êban", title="Hiệu trưởng"),
        place="Đắk Lắk",
        approved_on=dt.date(2022, 5, 30),
    )
    return changed(year, changes)


def repeater_transcript() -> Transcript:
    """Return five years at three grades: one grade repeated, the first year under TT 58/2011 at another school."""
    years = (
        old_year(),
        upper_year(10, school_year="2022-2023", promotion=Promotion.NOT_PROMOTED),
        upper_year(10, school_year="2023-2024"),
        upper_year(11, school_year="2024-2025"),
        upper_year(12, school_year="2025-2026", promotion=Promotion.COMPLETED),
    )
    return upper_transcript(*years)


def fifteen_subjects() -> tuple[SubjectResult, ...]:
    """Return fifteen rows of upper secondary school: five chosen subjects, of one who changed, and both optional."""
    rows = upper_year().subjects
    assert len(rows) == 12
    return (
        *rows[:6],
        SubjectResult(
            subject="vat-li",
            semester1="7.0",
            remark="Đổi sang học Tin học từ học kì II.",
            teacher="Vi Văn Sơn",
        ),
        *rows[6:],
        SubjectResult(
            subject="ngoai-ngu-2",
            title="Ngoại ngữ 2 (Tiếng Pháp)",
            semester1="7.5",
            semester2="8.0",
            year="7.8",
            remark="Chăm chỉ.",
            teacher="Hoàng Thị Ngân",
        ),
        SubjectResult(
            subject="tieng-dtts",
            title="Tiếng dân tộc thiểu số (Tiếng Thái)",
            semester1="9.0",
            semester2="9.0",
            year="9.0",
            remark="Đọc và viết tốt chữ Thái.",
            teacher="Lò Văn Ơn",
        ),
    )


def _marks(kind: AssessmentKind, number: int) -> dict[str, str]:
    if kind is AssessmentKind.COMMENT:
        return {"semester1": "Đ", "semester2": "Đ", "year": "Đ"}
    return {"semester1": f"{6 + number % 4}.{number % 10}", "semester2": "8.0", "year": f"7.{number % 10}"}


def _traits(group: TraitGroup, grade: int, remark: str | None) -> Traits:
    assessed = [trait for trait in TRAITS if trait.group is group and grade in trait.grades]
    return Traits(
        results=tuple(TraitResult(trait=trait.code, level=Growth.GOOD) for trait in assessed), remark=remark
    )


def _confirmed(name: str, on: dt.date) -> Confirmation:
    at = dt.datetime(on.year, on.month, on.day, 2, 15, tzinfo=dt.UTC)
    return Confirmation(role="homeroom-teacher", name=name, at=at, rows="ab" * 32)
