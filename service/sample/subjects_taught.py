"""Which subjects an invented class has: the compulsory ones of its grade."""

from __future__ import annotations

from schemas.transcript.subjects import LOWER_SECONDARY, Subject


def subjects_taught(grade: int) -> tuple[Subject, ...]:
    """Return the subjects of a class in the order of the form."""
    return tuple(subject for subject in LOWER_SECONDARY if subject.compulsory and grade in subject.periods)
