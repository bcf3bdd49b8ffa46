"""Which subjects an invented class has: the compulsory ones of its grade, and the four that it chose."""

from __future__ import annotations

from typing import Final

from schemas.transcript.subjects import CURRICULUM, Subject

_CHOSEN: Final = (
    ("vat-li", "hoa-hoc", "sinh-hoc", "tin-hoc"),
    ("dia-li", "gdktpl", "tin-hoc", "mi-thuat"),
    ("vat-li", "hoa-hoc", "cong-nghe", "tin-hoc"),
    ("dia-li", "gdktpl", "cong-nghe", "am-nhac"),
)
"""Combinations as schools of upper secondary level offer them; a class has one."""


def subjects_taught(grade: int, which: int = 0) -> tuple[Subject, ...]:
    """Return the subjects of a class in the order of the form; in upper secondary, `which` tells its combination."""
    chosen = _CHOSEN[which % len(_CHOSEN)]
    return tuple(
        subject for subject in CURRICULUM.taught(grade) if subject.compulsory or subject.code in chosen
    )
