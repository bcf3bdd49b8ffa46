"""The shape of a class workbook: its sheets and columns, as docs/workbook.md describes them.

Reader and sample share this; what a value must look like is settled in `service.importing.values`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from schemas.transcript.subjects import LOWER_SECONDARY, UPPER_SECONDARY


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its title (on the sheet "Lớp" a row); `looked_up` cells are only compared: formulas may stand."""

    key: str
    title: str
    required: bool = True
    other_titles: tuple[str, ...] = ()
    looked_up: bool = False


CLASS_SHEET = "Lớp"
STUDENTS_SHEET = "Học sinh"
RESULTS_SHEET = "Kết quả năm học"

CLASS_KEYS = (
    Column("school_code", "Mã trường"),
    Column("school_year", "Năm học"),
    Column("grade", "Khối"),
    Column("class_name", "Lớp"),
    Column("homeroom_teacher", "Giáo viên chủ nhiệm", other_titles=("GVCN",)),
    Column("place", "Nơi phê duyệt"),
    Column("approved_on", "Ngày phê duyệt"),
)

STUDENTS_COLUMNS = (
    Column("number", "STT", required=False, looked_up=True),
    Column("student_code", "Mã học sinh"),
    Column("personal_id", "Số định danh cá nhân", required=False, other_titles=("Số định danh",)),
    Column("record_code", "Mã hồ sơ học tập", required=False),
    Column("register_number", "Số sổ đăng bộ", other_titles=("Số đăng bộ",)),
    Column("full_name", "Họ và tên", other_titles=("Họ tên",)),
    Column("gender", "Giới tính"),
    Column("birth_date", "Ngày sinh"),
    Column("birth_place", "Nơi sinh"),
    Column("ethnicity", "Dân tộc"),
    Column("policy_category", "Đối tượng chính sách", required=False, other_titles=("Đối tượng",)),
    Column("address", "Chỗ ở", other_titles=("Chỗ ở hiện tại",)),
    Column("father", "Họ tên cha", required=False),
    Column("father_occupation", "Nghề nghiệp cha", required=False),
    Column("mother", "Họ tên mẹ", required=False),
    Column("mother_occupation", "Nghề nghiệp mẹ", required=False),
    Column("guardian", "Họ tên người giám hộ", required=False),
    Column("guardian_occupation", "Nghề nghiệp người giám hộ", required=False),
)

PRIMARY_STUDENTS_COLUMNS = (
    *STUDENTS_COLUMNS,
    Column("nationality", "Quốc tịch", required=False),
    Column("home_town", "Quê quán", required=False),
)
"""The form of primary school says more of a learner."""

_WHO = (
    Column("number", "STT", required=False, looked_up=True),
    Column("student_code", "Mã học sinh", looked_up=True),
    Column("full_name", "Họ và tên", other_titles=("Họ tên",), looked_up=True),
)

SUBJECT_COLUMNS = (
    *_WHO,
    Column("semester1", "ĐTBmhkI", other_titles=("Học kì I", "Học kỳ I")),
    Column("semester2", "ĐTBmhkII", other_titles=("Học kì II", "Học kỳ II")),
    Column("year", "ĐTBmcn", other_titles=("Cả năm",)),
    Column("reassessed", "Sau đánh giá lại", required=False),
    Column("remark", "Nhận xét", required=False),
    Column("teacher", "Giáo viên"),
)

RESULTS_COLUMNS = (
    *_WHO,
    Column("conduct1", "Rèn luyện HKI"),
    Column("conduct2", "Rèn luyện HKII"),
    Column("conduct_year", "Rèn luyện cả năm"),
    Column("conduct_after", "Rèn luyện sau hè", required=False),
    Column("learning1", "Học tập HKI"),
    Column("learning2", "Học tập HKII"),
    Column("learning_year", "Học tập cả năm"),
    Column("learning_after", "Học tập sau đánh giá lại", required=False),
    Column("absences", "Số buổi nghỉ"),
    Column("promotion", "Kết quả cuối năm"),
    Column("certificates", "Chứng chỉ", required=False),
    Column("awards", "Khen thưởng", required=False),
    Column(
        "homeroom_remark",
        "Nhận xét của giáo viên chủ nhiệm",
        required=False,
        other_titles=("Nhận xét của GVCN",),
    ),
)

_TIMES_TT58 = (("1", "HKI"), ("2", "HKII"), ("_year", "cả năm"), ("_after", "sau kiểm tra lại"))

SUBJECT_COLUMNS_TT58 = tuple(
    # Grade 9 had music in one semester, and fine arts in the other.
    replace(column, required=False) if column.key in {"semester1", "semester2"} else column
    for column in SUBJECT_COLUMNS
)

RESULTS_COLUMNS_TT58 = (
    *_WHO,
    *(
        Column(f"{key}{when}", f"{title} {said}", required=when == "_year")
        for key, title in (
            ("average", "ĐTB các môn"),
            ("old_learning", "Học lực"),
            ("old_conduct", "Hạnh kiểm"),
        )
        for when, said in _TIMES_TT58
    ),
    Column("honour", "Danh hiệu năm học", required=False),
    *(
        column
        for column in RESULTS_COLUMNS
        if not column.key.startswith(("conduct", "learning")) and column not in _WHO
    ),
)
"""Of years before TT 22/2021, which are kept as they were recorded."""

# A sheet name has at most 31 characters.
_SHORT_NAMES = {
    "gd-dia-phuong": "Giáo dục địa phương",
    "hdtn-hn": "HĐ trải nghiệm, hướng nghiệp",
    "gdqp-an": "Giáo dục quốc phòng, an ninh",
}
SUBJECT_SHEETS = {
    subject.code: _SHORT_NAMES.get(subject.code, subject.name)
    for subject in (*LOWER_SECONDARY, *UPPER_SECONDARY)
}
