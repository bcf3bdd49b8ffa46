"""The words of a student's page, where marks are changed and their history stands, in Vietnamese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "vi": {
        "marks": "Điểm và vết thay đổi",
        "marks_of": "Điểm năm học",
        "subject": "Môn",
        "change_marks": "Sửa",
        "change_marks_of": "Sửa điểm",
        "marks_hint": "Sửa cùng lúc những điểm thay đổi cùng nhau (học kì và cả năm). Để trống là xoá. Ai sửa, lúc "
        "nào, từ giá trị nào, vì sao đều được ghi lại và không xoá được.",
        "marks_issued": "Học bạ đã cấp hoặc đang cấp; thay đổi phải làm bằng bản đính chính.",
        "why_changed": "Lí do sửa",
        "save_marks": "Ghi thay đổi",
        "trail_history": "Vết thay đổi",
        "trail_when": "Lúc",
        "trail_who": "Người",
        "act": "Việc",
        "what_changed": "Thay đổi",
        "whole_year": "toàn bộ năm học",
        "confirmed_by": "xác nhận",
        "hidden_value": "(dữ liệu nhạy cảm, không hiện ở đây)",
        "erased_words": "nội dung đã xoá theo luật",
    },
    "en": {
        "marks": "Marks and trail",
        "marks_of": "Marks of",
        "subject": "Subject",
        "change_marks": "Change",
        "change_marks_of": "Change marks",
        "marks_hint": "Change together what changes together (semester and year). Empty takes a mark away. Who changed "
        "what, when, from what and why is kept and cannot be taken out.",
        "marks_issued": "The transcript is issued or being issued; a change needs a correction.",
        "why_changed": "Why it is changed",
        "save_marks": "Keep the change",
        "trail_history": "Trail of changes",
        "trail_when": "When",
        "trail_who": "Who",
        "act": "Act",
        "what_changed": "What changed",
        "whole_year": "the whole year",
        "confirmed_by": "confirmed",
        "hidden_value": "(sensitive, not shown here)",
        "erased_words": "its words were erased by law",
    },
}
