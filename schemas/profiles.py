"""What a profile number says that a document is: a transcript, an extract of one year, or a summary for a transfer."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

EXTRACT_PROFILE: Final = 3
SUMMARY_PROFILE: Final = 4


class DocumentForm(StrEnum):
    """What somebody holds in hand: only a transcript is ever the whole of what it is about."""

    TRANSCRIPT = "transcript"
    EXTRACT = "extract"
    """Trích lục: one school year of a transcript, word for word."""
    TRANSFER_SUMMARY = "transfer-summary"
    """Bản tóm tắt kết quả học tập, for the file of a learner who moves to another school."""


FORMS: Final[Mapping[int, DocumentForm]] = MappingProxyType(
    {
        1: DocumentForm.TRANSCRIPT,
        2: DocumentForm.TRANSCRIPT,
        EXTRACT_PROFILE: DocumentForm.EXTRACT,
        SUMMARY_PROFILE: DocumentForm.TRANSFER_SUMMARY,
    }
)
"""What each profile is of; a number that is not here is of a form that this software does not know."""
EXTRACT_PROFILES: Final = frozenset(
    profile for profile, form in FORMS.items() if form is not DocumentForm.TRANSCRIPT
)
"""The profiles of what is taken from a transcript: such a document always names it."""
