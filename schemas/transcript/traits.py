"""Phẩm chất and năng lực of primary school, in the order of the form: under TT 27/2020, and under TT 22/2016 before it.

Data: code, printed name, group, grades. The order is that of the bytes in the QR (docs/formats/qr.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class TraitGroup(StrEnum):
    """What a trait is: a quality, a general competence, or one that subjects form; before TT 27/2020 a competence."""

    QUALITY = "pham-chat"
    GENERAL = "nang-luc-chung"
    SPECIFIC = "nang-luc-dac-thu"
    COMPETENCE = "nang-luc"


@dataclass(frozen=True, slots=True)
class Trait:
    """A quality or a competence, and the grades in which it is assessed."""

    code: str
    name: str
    group: TraitGroup
    grades: range = range(1, 6)


TRAITS: Final = (
    Trait("yeu-nuoc", "Yêu nước", TraitGroup.QUALITY),
    Trait("nhan-ai", "Nhân ái", TraitGroup.QUALITY),
    Trait("cham-chi", "Chăm chỉ", TraitGroup.QUALITY),
    Trait("trung-thuc", "Trung thực", TraitGroup.QUALITY),
    Trait("trach-nhiem", "Trách nhiệm", TraitGroup.QUALITY),
    Trait("tu-chu-tu-hoc", "Tự chủ và tự học", TraitGroup.GENERAL),
    Trait("giao-tiep-hop-tac", "Giao tiếp và hợp tác", TraitGroup.GENERAL),
    Trait("giai-quyet-van-de", "Giải quyết vấn đề và sáng tạo", TraitGroup.GENERAL),
    Trait("ngon-ngu", "Ngôn ngữ", TraitGroup.SPECIFIC),
    Trait("tinh-toan", "Tính toán", TraitGroup.SPECIFIC),
    Trait("khoa-hoc", "Khoa học", TraitGroup.SPECIFIC),
    Trait("cong-nghe", "Công nghệ", TraitGroup.SPECIFIC, range(3, 6)),
    Trait("tin-hoc", "Tin học", TraitGroup.SPECIFIC, range(3, 6)),
    Trait("tham-mi", "Thẩm mĩ", TraitGroup.SPECIFIC),
    Trait("the-chat", "Thể chất", TraitGroup.SPECIFIC),
)
"""Of TT 27/2020, Điều 3 and 5."""
TRAITS_TT22_2016: Final = (
    Trait("tu-phuc-vu-tu-quan", "Tự phục vụ, tự quản", TraitGroup.COMPETENCE),
    Trait("hop-tac", "Hợp tác", TraitGroup.COMPETENCE),
    Trait("tu-hoc-giai-quyet-van-de", "Tự học và giải quyết vấn đề", TraitGroup.COMPETENCE),
    Trait("cham-hoc-cham-lam", "Chăm học, chăm làm", TraitGroup.QUALITY),
    Trait("tu-tin-trach-nhiem", "Tự tin, trách nhiệm", TraitGroup.QUALITY),
    Trait("trung-thuc-ki-luat", "Trung thực, kỉ luật", TraitGroup.QUALITY),
    Trait("doan-ket-yeu-thuong", "Đoàn kết, yêu thương", TraitGroup.QUALITY),
)
"""Of TT 30/2014 as TT 22/2016 amended it; what nobody confirmed is in the notes of `rulesets.tt22_2016`."""
TRAITS_BY_CODE: Final = {trait.code: trait for trait in (*TRAITS, *TRAITS_TT22_2016)}
