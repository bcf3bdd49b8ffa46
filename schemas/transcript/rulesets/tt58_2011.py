"""TT 58/2011/TT-BGDĐT with TT 26/2020: the words of old years. Their values are kept as recorded, never recomputed."""

from __future__ import annotations

from enum import StrEnum


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
