"""Subjects and educational activities: code, number in the QR, printed name, kind, and which grade is taught what.

`CURRICULUM` is versioned data, after Chương trình GDPT 2018; what no source at hand confirmed is in its notes. Numbers
and codes are fixed in docs/formats/qr.md and never reused; a subject that several levels teach has one number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from schemas.errors import Text


class AssessmentKind(StrEnum):
    """How a subject is assessed: in secondary school by marks, or by comment alone (TT 22/2021, Điều 5).

    In primary school every subject is assessed by level, T, H or C (TT 27/2020).
    """

    SCORED = "diem-so"
    COMMENT = "nhan-xet"
    ACHIEVEMENT = "muc-dat-duoc"


class Choice(StrEnum):
    """Whether a subject is for everybody, one of the group of which each learner has some, or beside the timetable."""

    COMPULSORY = "bat-buoc"
    OF_GROUP = "lua-chon"
    OPTIONAL = "tu-chon"


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject as one level teaches it; `number` is its byte in the QR, `periods` the periods a year by grade.

    `tested` are the grades with a test at the end of each semester (primary school, TT 27/2020, Điều 7).
    """

    code: str
    number: int
    name: str
    kind: AssessmentKind
    choice: Choice
    periods: Mapping[int, int]
    tested: frozenset[int] = field(default_factory=frozenset)

    @property
    def compulsory(self) -> bool:
        """Whether everybody has it."""
        return self.choice is Choice.COMPULSORY


@dataclass(frozen=True, slots=True)
class Curriculum:
    """Which subjects a grade is taught: data with a version and a source, and notes on what nobody confirmed."""

    version: int
    source: str
    notes: tuple[Text, ...]
    subjects: tuple[Subject, ...]
    chosen_of_group: Mapping[int, int]
    """How many subjects of the group each learner has, by grade."""
    topics: Mapping[int, int]
    """How many cụm chuyên đề each learner has, by grade."""
    topic_subjects: frozenset[str]
    """The subjects that have one."""
    _of_grade: Mapping[int, Mapping[str, Subject]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Arrange the subjects by grade and code: a school asks a hundred thousand times."""
        grades = {grade for subject in self.subjects for grade in subject.periods}
        taught = {
            grade: {subject.code: subject for subject in self.subjects if grade in subject.periods}
            for grade in grades
        }
        object.__setattr__(self, "_of_grade", taught)

    def taught(self, grade: int) -> tuple[Subject, ...]:
        """Return what a grade can be taught, in the order of the form."""
        return tuple(self._of_grade.get(grade, {}).values())

    def find(self, code: str, grade: int) -> Subject | None:
        """Return a subject as a grade is taught it."""
        return self._of_grade.get(grade, {}).get(code)


def _periods(first: int, *periods: int) -> dict[int, int]:
    return dict(enumerate(periods, first))


def _primary(
    code: str,
    number: int,
    name: str,
    periods: Mapping[int, int],
    *,
    tested: tuple[int, ...] = (),
    optional: bool = False,
) -> Subject:
    choice = Choice.OPTIONAL if optional else Choice.COMPULSORY
    return Subject(code, number, name, AssessmentKind.ACHIEVEMENT, choice, periods, frozenset(tested))


def _secondary(
    code: str,
    number: int,
    name: str,
    periods: Mapping[int, int],
    *,
    comment: bool = False,
    choice: Choice = Choice.COMPULSORY,
) -> Subject:
    kind = AssessmentKind.COMMENT if comment else AssessmentKind.SCORED
    return Subject(code, number, name, kind, choice, periods)


def _lower(periods: int) -> dict[int, int]:
    return dict.fromkeys(range(6, 10), periods)


def _upper(periods: int) -> dict[int, int]:
    return dict.fromkeys(range(10, 13), periods)


PRIMARY: Final = (
    _primary("tieng-viet", 50, "Tiếng Việt", _periods(1, 420, 350, 245, 245, 245), tested=(1, 2, 3, 4, 5)),
    _primary("toan", 2, "Toán", _periods(1, 105, 175, 175, 175, 175), tested=(1, 2, 3, 4, 5)),
    _primary("ngoai-ngu-1", 3, "Ngoại ngữ 1", _periods(3, 140, 140, 140), tested=(3, 4, 5)),
    _primary("dao-duc", 51, "Đạo đức", _periods(1, 35, 35, 35, 35, 35)),
    _primary("tn-xh", 52, "Tự nhiên và Xã hội", _periods(1, 70, 70, 70)),
    _primary("lich-su-dia-li", 5, "Lịch sử và Địa lí", _periods(4, 70, 70), tested=(4, 5)),
    _primary("khoa-hoc", 53, "Khoa học", _periods(4, 70, 70), tested=(4, 5)),
    _primary("tin-hoc-th", 54, "Tin học và Công nghệ (Tin học)", _periods(3, 35, 35, 35), tested=(3, 4, 5)),
    _primary(
        "cong-nghe-th", 55, "Tin học và Công nghệ (Công nghệ)", _periods(3, 35, 35, 35), tested=(3, 4, 5)
    ),
    _primary("gdtc", 9, "Giáo dục thể chất", _periods(1, 70, 70, 70, 70, 70)),
    _primary("am-nhac-th", 56, "Nghệ thuật (Âm nhạc)", _periods(1, 35, 35, 35, 35, 35)),
    _primary("mi-thuat-th", 57, "Nghệ thuật (Mĩ thuật)", _periods(1, 35, 35, 35, 35, 35)),
    _primary("hdtn", 58, "Hoạt động trải nghiệm", _periods(1, 105, 105, 105, 105, 105)),
    _primary("tieng-dtts", 14, "Tiếng dân tộc thiểu số", _periods(1, 70, 70, 70, 70, 70), optional=True),
    _primary("ngoai-ngu-1", 3, "Ngoại ngữ 1", _periods(1, 70, 70), optional=True),
)
LOWER_SECONDARY: Final = (
    _secondary("ngu-van", 1, "Ngữ văn", _lower(140)),
    _secondary("toan", 2, "Toán", _lower(140)),
    _secondary("ngoai-ngu-1", 3, "Ngoại ngữ 1", _lower(105)),
    _secondary("gdcd", 4, "Giáo dục công dân", _lower(35)),
    _secondary("lich-su-dia-li", 5, "Lịch sử và Địa lí", _lower(105)),
    _secondary("khtn", 6, "Khoa học tự nhiên", _lower(140)),
    _secondary("cong-nghe", 7, "Công nghệ", _periods(6, 35, 35, 52, 52)),
    _secondary("tin-hoc", 8, "Tin học", _lower(35)),
    _secondary("gdtc", 9, "Giáo dục thể chất", _lower(70), comment=True),
    _secondary("nghe-thuat", 10, "Nghệ thuật", _lower(70), comment=True),
    _secondary("gd-dia-phuong", 11, "Nội dung giáo dục của địa phương", _lower(35), comment=True),
    _secondary("hdtn-hn", 12, "Hoạt động trải nghiệm, hướng nghiệp", _lower(105), comment=True),
    _secondary("ngoai-ngu-2", 13, "Ngoại ngữ 2", _lower(105), choice=Choice.OPTIONAL),
    _secondary("tieng-dtts", 14, "Tiếng dân tộc thiểu số", _lower(105), choice=Choice.OPTIONAL),
)
UPPER_SECONDARY: Final = (
    _secondary("ngu-van", 1, "Ngữ văn", _upper(105)),
    _secondary("toan", 2, "Toán", _upper(105)),
    _secondary("ngoai-ngu-1", 3, "Ngoại ngữ 1", _upper(105)),
    _secondary("lich-su", 20, "Lịch sử", _upper(52)),
    _secondary("dia-li", 21, "Địa lí", _upper(70), choice=Choice.OF_GROUP),
    _secondary("gdktpl", 22, "Giáo dục kinh tế và pháp luật", _upper(70), choice=Choice.OF_GROUP),
    _secondary("vat-li", 23, "Vật lí", _upper(70), choice=Choice.OF_GROUP),
    _secondary("hoa-hoc", 24, "Hoá học", _upper(70), choice=Choice.OF_GROUP),
    _secondary("sinh-hoc", 25, "Sinh học", _upper(70), choice=Choice.OF_GROUP),
    _secondary("cong-nghe", 7, "Công nghệ", _upper(70), choice=Choice.OF_GROUP),
    _secondary("tin-hoc", 8, "Tin học", _upper(70), choice=Choice.OF_GROUP),
    _secondary("am-nhac", 26, "Âm nhạc", _upper(70), comment=True, choice=Choice.OF_GROUP),
    _secondary("mi-thuat", 27, "Mĩ thuật", _upper(70), comment=True, choice=Choice.OF_GROUP),
    _secondary("gdqp-an", 28, "Giáo dục quốc phòng và an ninh", _upper(35)),
    _secondary("gdtc", 9, "Giáo dục thể chất", _upper(70), comment=True),
    _secondary("gd-dia-phuong", 11, "Nội dung giáo dục của địa phương", _upper(35), comment=True),
    _secondary("hdtn-hn", 12, "Hoạt động trải nghiệm, hướng nghiệp", _upper(105), comment=True),
    _secondary("ngoai-ngu-2", 13, "Ngoại ngữ 2", _upper(105), choice=Choice.OPTIONAL),
    _secondary("tieng-dtts", 14, "Tiếng dân tộc thiểu số", _upper(105), choice=Choice.OPTIONAL),
)

CURRICULUM: Final = Curriculum(
    version=1,
    source="Chương trình giáo dục phổ thông 2018 (Thông tư 32/2018/TT-BGDĐT, 13/2022/TT-BGDĐT)",
    notes=(
        Text(
            "Số tiết của cấp tiểu học, của Ngoại ngữ 2 và Tiếng dân tộc thiểu số ở cấp THPT chưa được đối chiếu; "
            "chưa quy tắc nào dùng đến số tiết tiểu học.",
            "The periods of primary school, and of Ngoại ngữ 2 and Tiếng dân tộc thiểu số in upper secondary, are not "
            "confirmed; no rule uses those of primary school.",
        ),
        Text(
            "Điểm kiểm tra định kì của Tin học và Công nghệ được ghi riêng cho từng phần: chưa được đối chiếu.",
            "That the two parts of Tin học và Công nghệ have a test each is not confirmed.",
        ),
        Text(
            "Danh sách môn có cụm chuyên đề chưa được đối chiếu.",
            "Which subjects have a cụm chuyên đề is not confirmed.",
        ),
    ),
    subjects=(*PRIMARY, *LOWER_SECONDARY, *UPPER_SECONDARY),
    chosen_of_group=_upper(4),
    topics=_upper(3),
    topic_subjects=frozenset(
        {"ngu-van", "toan", "lich-su"}
        | {subject.code for subject in UPPER_SECONDARY if subject.choice is Choice.OF_GROUP}
    ),
)

# A secondary school's word comes first: the kind of a subject that primary schools teach too is that of TT 22/2021.
SUBJECTS: dict[str, Subject] = {
    subject.code: subject for subject in (*PRIMARY, *UPPER_SECONDARY, *LOWER_SECONDARY)
}
SUBJECTS_BY_NUMBER: dict[int, Subject] = {subject.number: subject for subject in SUBJECTS.values()}
