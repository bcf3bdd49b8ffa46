"""TT 22/2016/TT-BGDĐT: what years of primary school before TT 27/2020 record. Kept as recorded, never judged again.

The letters of a subject (T, H, C), of a competence or a quality (T, Đ, C) and the words of completion are those that TT
27/2020 went on with. `RECORD` has a version and notes on what no source at hand confirmed.
"""

from __future__ import annotations

from typing import Final

from schemas.errors import Text
from schemas.transcript.rulesets.recorded import OldSubject, Record

_LOWER: Final = range(1, 4)
_UPPER: Final = range(4, 6)
_ALL: Final = range(1, 6)

RECORD: Final = Record(
    version=1,
    source="Thông tư 30/2014/TT-BGDĐT, sửa đổi bởi Thông tư 22/2016/TT-BGDĐT",
    notes=(
        Text(
            "Tên và thứ tự năng lực, phẩm chất, môn học lấy từ phần mềm công khai của những năm đó, chưa đối chiếu với "
            "văn bản.",
            "Names and order of competences, qualities and subjects are those of public programs of those years, not "
            "compared with the text.",
        ),
        Text(
            "Thủ công (lớp 1–3) và Kĩ thuật (lớp 4–5) mang mã của Tin học và Công nghệ (Công nghệ): chưa được đối "
            "chiếu.",
            "That Thủ công (grades 1–3) and Kĩ thuật (4–5) have the code of Tin học và Công nghệ (Công nghệ) is not "
            "confirmed.",
        ),
        Text(
            "Lời ghi khi chưa hoàn thành chương trình lớp học lấy theo Thông tư 27/2020: chưa được đối chiếu.",
            "That the words for who had not completed the grade were those of TT 27/2020 is not confirmed.",
        ),
    ),
    subjects=(
        OldSubject("tieng-viet", "Tiếng Việt", _ALL, tested=True),
        OldSubject("toan", "Toán", _ALL, tested=True),
        OldSubject("dao-duc", "Đạo đức", _ALL),
        OldSubject("tn-xh", "Tự nhiên và Xã hội", _LOWER),
        OldSubject("khoa-hoc", "Khoa học", _UPPER, tested=True),
        OldSubject("lich-su-dia-li", "Lịch sử và Địa lí", _UPPER, tested=True),
        OldSubject("am-nhac-th", "Âm nhạc", _ALL),
        OldSubject("mi-thuat-th", "Mĩ thuật", _ALL),
        OldSubject("cong-nghe-th", "Thủ công", _LOWER),
        OldSubject("cong-nghe-th", "Kĩ thuật", _UPPER),
        OldSubject("gdtc", "Thể dục", _ALL),
        OldSubject("ngoai-ngu-1", "Ngoại ngữ", _ALL, optional=True, tested=True),
        OldSubject("tin-hoc-th", "Tin học", _ALL, optional=True, tested=True),
        OldSubject("tieng-dtts", "Tiếng dân tộc", _ALL, optional=True, tested=True),
    ),
)
