"""Writes verify/web/static/offline/tables.js: the codes and words that the browser's own parser shares with schemas/.

`make docs` runs it; a test says when it was not run.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from schemas.profiles import FORMS
from schemas.transcript.model import Kind, Promotion
from schemas.transcript.rulesets import tt27_2020, tt58_2011
from schemas.transcript.rulesets.tt22_2021 import Level
from schemas.transcript.subjects import SUBJECTS_BY_NUMBER
from schemas.transcript.traits import TRAITS, TRAITS_TT22_2016, Trait
from verify.compared import GROUPS

PATH = "verify/web/static/offline/tables.js"
_EACH = {
    "level": Level,
    "promotion": Promotion,
    "old_conduct": tt58_2011.Conduct,
    "old_learning": tt58_2011.Learning,
    "honour": tt58_2011.Honour,
    "achievement": tt27_2020.Achievement,
    "year_result": tt27_2020.YearResult,
    "completion": tt27_2020.Completion,
    "growth": tt27_2020.Growth,
}


def text() -> str:
    """Return the text of the module."""
    tables = {
        "SUBJECTS": {number: [one.code, one.name] for number, one in sorted(SUBJECTS_BY_NUMBER.items())},
        "KINDS": [Kind.PRIMARY.value, Kind.LOWER_SECONDARY.value, Kind.UPPER_SECONDARY.value],
        "EACH": {name: [one.value for one in codes] for name, codes in _EACH.items()},
        "TRAITS": _names(TRAITS),
        "OLD_TRAITS": _names(TRAITS_TT22_2016),
        "FORMS": {profile: form.value for profile, form in FORMS.items()},
    }
    head = "// Made by `make docs` from schemas/: numbers in the QR's claims, and what they stand for.\n\n"
    return head + "\n".join(
        f"export const {name} = {json.dumps(table, ensure_ascii=False, indent=1)};\n"
        for name, table in tables.items()
    )


def _names(traits: Sequence[Trait]) -> list[str]:
    return [f"{GROUPS[trait.group]}: {trait.name}" for trait in traits]


if __name__ == "__main__":
    (Path(__file__).parent.parent / PATH).write_text(text(), encoding="utf-8")
