"""Which subjects an invented class has: the compulsory ones of its grade, and in upper secondary a choice of four."""

from __future__ import annotations

from schemas.transcript.model import Kind
from schemas.transcript.subjects import LOWER_SECONDARY, Subject


def subjects_taught(kind: Kind, grade: int, choice: int) -> tuple[Subject, ...]:
    """Return the subjects of a class in the order of the form; `choice` tells groups of chosen subjects apart."""
    del choice
    if kind is not Kind.LOWER_SECONDARY:
        raise ValueError("not yet")
    return tuple(subject for subject in LOWER_SECONDARY if subject.compulsory and grade in subject.periods)
