"""Invented remarks of teachers, by level; some of them long."""

from __future__ import annotations

from schemas.transcript.rulesets.tt22_2021 import Level
from service.sample.draws import Draws

_REMARKS = {
    Level.GOOD: (
        "Nắm vững kiến thức, vận dụng tốt.",
        "Học tốt, tích cực phát biểu.",
        "Sáng tạo, chủ động trong học tập.",
        "Tiếp thu nhanh, trình bày rõ ràng; biết giúp đỡ bạn, có ý thức tự học và đọc thêm sách ngoài giờ lên lớp.",
    ),
    Level.FAIR: (
        "Nắm được kiến thức, chăm chỉ.",
        "Có tiến bộ, cần luyện tập thêm.",
        "Hiểu bài, làm bài cẩn thận.",
    ),
    Level.PASS: ("Cần ôn lại kiến thức cơ bản.", "Cần tập trung hơn trong giờ học."),
    Level.FAIL: ("Cần cố gắng nhiều hơn, nhất là phần kiến thức của học kì II.",),
}


def remark_for(draws: Draws, level: Level, *purpose: object) -> str:
    """Return a remark that fits a level."""
    return draws.one_of(_REMARKS[level], "remark", *purpose)
