"""The columns of a primary school's sheets (TT 27/2020), as docs/workbook.md describes them."""

from __future__ import annotations

from typing import Final

from schemas.transcript.traits import TRAITS, TraitGroup
from service.importing.shape import Column

GROUP_MEMBERS: Final = {
    TraitGroup.QUALITY: "qualities",
    TraitGroup.GENERAL: "general_competences",
    TraitGroup.SPECIFIC: "specific_competences",
}
"""The member of the year that holds a group of traits."""
GROUP_NAMES: Final = {
    TraitGroup.QUALITY: "Phẩm chất",
    TraitGroup.GENERAL: "Năng lực chung",
    TraitGroup.SPECIFIC: "Năng lực đặc thù",
}

PRIMARY_SUBJECT_COLUMNS: Final = (
    Column("student_code", "Mã học sinh", looked_up=True),
    Column("full_name", "Họ và tên", looked_up=True),
    Column("level", "Mức đạt được"),
    Column("test", "Điểm KTĐK", required=False),
    Column("remark", "Nhận xét", required=False),
)


def trait_key(code: str) -> str:
    """Return the key of the column of a trait."""
    return f"trait:{code}"


_AROUND: Final = (
    Column("student_code", "Mã học sinh", looked_up=True),
    Column("full_name", "Họ và tên", looked_up=True),
    Column("height_cm", "Chiều cao (cm)", required=False),
    Column("weight_kg", "Cân nặng (kg)", required=False),
    Column("entered_on", "Ngày nhập học", required=False),
    Column("absences_excused", "Nghỉ có phép"),
    Column("absences_unexcused", "Nghỉ không phép"),
    Column("result", "Đánh giá kết quả giáo dục"),
    Column("completion", "Hoàn thành chương trình"),
    Column("awards", "Khen thưởng", required=False),
    *(
        Column(f"{GROUP_MEMBERS[group]}_remark", f"Nhận xét {name.casefold()}", required=False)
        for group, name in GROUP_NAMES.items()
    ),
)


def results_columns(grade: int) -> tuple[Column, ...]:
    """Return the columns of the sheet of a year's results in a grade."""
    traits = (Column(trait_key(trait.code), trait.name) for trait in TRAITS if grade in trait.grades)
    return (*_AROUND, *traits)
