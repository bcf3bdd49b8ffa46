"""English names for what is printed on a transcript: subjects, results and traits.

A page in English shows them beside the printed words, which are what a paper is compared with.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_WORDS: Final[Mapping[str, str]] = {
    # Subjects, those of older rulesets too
    "Âm nhạc": "Music",
    "Công nghệ": "Technology",
    "Đạo đức": "Ethics",
    "Địa lí": "Geography",
    "Giáo dục công dân": "Civic education",
    "Giáo dục kinh tế và pháp luật": "Economic and legal education",
    "Giáo dục quốc phòng và an ninh": "National defence and security education",
    "Giáo dục thể chất": "Physical education",
    "Hoá học": "Chemistry",
    "Hoạt động trải nghiệm": "Experiential activities",
    "Hoạt động trải nghiệm, hướng nghiệp": "Experiential and career-guidance activities",
    "Khoa học": "Science",
    "Khoa học tự nhiên": "Natural science",
    "Lịch sử": "History",
    "Lịch sử và Địa lí": "History and geography",
    "Mĩ thuật": "Fine arts",
    "Nghệ thuật": "Arts",
    "Kĩ thuật": "Technics",
    "Ngoại ngữ": "Foreign language",
    "Ngoại ngữ 1": "Foreign language 1",
    "Ngoại ngữ 2": "Foreign language 2",
    "Ngữ văn": "Literature",
    "Nội dung giáo dục của địa phương": "Local education",
    "Sinh học": "Biology",
    "Thể dục": "Physical exercise",
    "Thủ công": "Handicraft",
    "Tiếng dân tộc": "Ethnic minority language",
    "Tiếng dân tộc thiểu số": "Ethnic minority language",
    "Tiếng Việt": "Vietnamese",
    "Tin học": "Informatics",
    "Tin học và Công nghệ": "Informatics and technology",
    "Toán": "Mathematics",
    "Tự nhiên và Xã hội": "Nature and society",
    "Vật lí": "Physics",
    # Foreign languages
    "Tiếng Anh": "English",
    "Tiếng Đức": "German",
    "Tiếng Hàn": "Korean",
    "Tiếng Nga": "Russian",
    "Tiếng Nhật": "Japanese",
    "Tiếng Pháp": "French",
    "Tiếng Trung Quốc": "Chinese",
    # Results
    "Danh hiệu": "Title",
    "Đánh giá kết quả giáo dục": "Result of the year",
    "Điểm trung bình các môn": "Average of all subjects",
    "Hạnh kiểm": "Conduct",
    "Học lực": "Academic performance",
    "Kết luận": "Conclusion",
    "Kết quả học tập": "Learning result",
    "Kết quả rèn luyện": "Conduct result",
    "Số buổi nghỉ có phép": "Days absent with leave",
    "Số buổi nghỉ học": "Days absent",
    "Số buổi nghỉ không phép": "Days absent without leave",
    "học kì I": "semester I",
    "học kì II": "semester II",
    "cả năm": "year",
    "sau đánh giá lại": "after re-assessment",
    # Traits
    "Năng lực": "Competences",
    "Năng lực chung": "General competences",
    "Năng lực đặc thù": "Specific competences",
    "Phẩm chất": "Qualities",
    "Chăm chỉ": "Diligence",
    "Chăm học, chăm làm": "Diligence in study and work",
    "Đoàn kết, yêu thương": "Solidarity and affection",
    "Giải quyết vấn đề và sáng tạo": "Problem solving and creativity",
    "Giao tiếp và hợp tác": "Communication and cooperation",
    "Hợp tác": "Cooperation",
    "Ngôn ngữ": "Language",
    "Nhân ái": "Kindness",
    "Thẩm mĩ": "Aesthetics",
    "Thể chất": "Physical fitness",
    "Tính toán": "Calculation",
    "Trách nhiệm": "Responsibility",
    "Trung thực": "Honesty",
    "Trung thực, kỉ luật": "Honesty and discipline",
    "Tự chủ và tự học": "Autonomy and self-study",
    "Tự học và giải quyết vấn đề": "Self-study and problem solving",
    "Tự phục vụ, tự quản": "Self-care and self-management",
    "Tự tin, trách nhiệm": "Confidence and responsibility",
    "Yêu nước": "Patriotism",
}
_PARTS: Final = (
    re.compile(r"(?P<first>.+)(?P<between> \()(?P<second>.+)(?P<end>\))"),
    re.compile(r"(?P<first>[^:]+)(?P<between>: )(?P<second>.+)(?P<end>)"),
    re.compile(r"(?P<first>.+)(?P<between>, )(?P<second>.+)(?P<end>)"),
)
"""How two words make one: "Ngoại ngữ 1 (Tiếng Anh)", "Phẩm chất: Yêu nước", "Kết quả học tập, cả năm"."""


def in_english(printed: str) -> str | None:
    """Return the English of what is printed; None where nobody knows one."""
    if printed in _WORDS:
        return _WORDS[printed]
    for pattern in _PARTS:
        found = pattern.fullmatch(printed)
        if found and found["first"] in _WORDS and found["second"] in _WORDS:
            return f"{_WORDS[found['first']]}{found['between']}{_WORDS[found['second']]}{found['end']}"
    return None
