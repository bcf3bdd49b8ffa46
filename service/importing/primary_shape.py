"""The columns of a primary school's sheets, under TT 27/2020 and TT 22/2016, as docs/workbook.md describes them."""

from __future__ import annotations

from typing import Final

from schemas.transcript.rulesets import Ruleset
from schemas.transcript.traits import TRAITS, TRAITS_TT22_2016, Trait, TraitGroup
from service.importing.shape import Column

GROUP_MEMBERS: Final = {
    TraitGroup.QUALITY: "qualities",
    TraitGroup.GENERAL: "general_competences",
    TraitGroup.SPECIFIC: "specific_competences",
    TraitGroup.COMPETENCE: "competences",
}
"""The member of the year that holds a group of traits."""
GROUP_NAMES: Final = {
    TraitGroup.QUALITY: "Phẩm chất",
    TraitGroup.GENERAL: "Năng lực chung",
    TraitGroup.SPECIFIC: "Năng lực đặc thù",
    TraitGroup.COMPETENCE: "Năng lực",
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
    Column("completion", "Hoàn thành chương trình"),
    Column("awards", "Khen thưởng", required=False),
)
_RESULT: Final = Column("result", "Đánh giá kết quả giáo dục")


def traits_of(grade: int, ruleset: Ruleset) -> dict[TraitGroup, tuple[Trait, ...]]:
    """Return the qualities and competences that a grade is assessed in, by group."""
    assessed = TRAITS_TT22_2016 if ruleset is Ruleset.TT22_2016 else TRAITS
    groups = dict.fromkeys(trait.group for trait in assessed)
    return {
        group: tuple(one for one in assessed if one.group is group and grade in one.grades)
        for group in groups
    }


def results_columns(grade: int, ruleset: Ruleset = Ruleset.TT27_2020) -> tuple[Column, ...]:
    """Return the columns of the sheet of a year's results in a grade; before TT 27/2020 a year had no result."""
    groups = traits_of(grade, ruleset)
    result = () if ruleset is Ruleset.TT22_2016 else (_RESULT,)
    remarks = (
        Column(f"{GROUP_MEMBERS[group]}_remark", f"Nhận xét {GROUP_NAMES[group].casefold()}", required=False)
        for group in groups
    )
    traits = (Column(trait_key(one.code), one.name) for assessed in groups.values() for one in assessed)
    return (*_AROUND, *result, *remarks, *traits)
