"""What the console's pages say, in Vietnamese and English: one module for each matter, brought together here."""

from __future__ import annotations

from typing import Final

from service.web.words import approvals, batches, classes, marks, office, people, releasing, schools

_PARTS: Final = (
    classes.WORDS,
    people.WORDS,
    schools.WORDS,
    office.WORDS,
    marks.WORDS,
    approvals.WORDS,
    batches.WORDS,
    releasing.WORDS,
)
TEXTS: Final = {
    name: {key: word for part in _PARTS for key, word in part[name].items()} for name in classes.WORDS
}
"""Every word of the pages, by language."""
