"""TT 58/2011/TT-BGDĐT with TT 26/2020: the words of old years. Their values are kept as recorded, never recomputed.

`RECORD` has a version and notes on what no source at hand confirmed.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from schemas.errors import Text
from schemas.transcript.rulesets.recorded import OldSubject, Record


class Learning(StrEnum):
    """Học lực, best first."""

    EXCELLENT = "Giỏi"
    FAIR = "Khá"
    AVERAGE = "Trung bình"
    WEAK = "Yếu"
    POOR = "Kém"


class Conduct(StrEnum):
    """Hạnh kiểm, best first."""

    GOOD = "Tốt"
    FAIR = "Khá"
    AVERAGE = "Trung bình"
    WEAK = "Yếu"


class Honour(StrEnum):
    """Danh hiệu of a semester or a year."""

    EXCELLENT = "Học sinh giỏi"
    ADVANCED = "Học sinh tiên tiến"


_LOWER: Final = range(6, 10)
_UPPER: Final = range(10, 13)
_ALL: Final = range(6, 13)

RECORD: Final = Record(
    version=1,
    source="Thông tư 58/2011/TT-BGDĐT, sửa đổi bởi Thông tư 26/2020/TT-BGDĐT; Chương trình GDPT 2006",
    notes=(
        Text(
            "Tên và khối của các môn chưa được đối chiếu; nghề phổ thông và các môn tự chọn khác chưa có mã.",
            "Names and grades of the subjects are not confirmed; vocational training and other optional subjects have "
            "no code yet.",
        ),
    ),
    subjects=(
        OldSubject("toan", "Toán", _ALL),
        OldSubject("vat-li", "Vật lí", _ALL),
        OldSubject("hoa-hoc", "Hoá học", range(8, 13)),
        OldSubject("sinh-hoc", "Sinh học", _ALL),
        OldSubject("tin-hoc", "Tin học", _LOWER, optional=True),
        OldSubject("tin-hoc", "Tin học", _UPPER),
        OldSubject("ngu-van", "Ngữ văn", _ALL),
        OldSubject("lich-su", "Lịch sử", _ALL),
        OldSubject("dia-li", "Địa lí", _ALL),
        OldSubject("ngoai-ngu-1", "Ngoại ngữ", _ALL),
        OldSubject("gdcd", "Giáo dục công dân", _ALL),
        OldSubject("cong-nghe", "Công nghệ", _ALL),
        OldSubject("gdqp-an", "Giáo dục quốc phòng và an ninh", _UPPER),
        OldSubject("gdtc", "Thể dục", _ALL),
        OldSubject("am-nhac", "Âm nhạc", _LOWER),
        OldSubject("mi-thuat", "Mĩ thuật", _LOWER),
        OldSubject("ngoai-ngu-2", "Ngoại ngữ 2", _ALL, optional=True),
        OldSubject("tieng-dtts", "Tiếng dân tộc", _ALL, optional=True),
    ),
)
