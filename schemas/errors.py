"""Errors that name what is wrong, where, and what to do, in Vietnamese and English.

    HocbaError                 every refusal of ours
    ├── SchemaError            bytes or data that a format refuses
    └── (keys, verify and service derive their own)

Knows neither HTTP nor exit codes: the outermost layers map `code` to those.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence for people, in both languages of the product."""

    vi: str
    en: str


class HocbaError(Exception):
    """A refusal with a stable `code` (never renamed) and a sentence that is safe to show to anyone."""

    def __init__(self, code: str, vi: str, en: str) -> None:
        super().__init__(f"{code}: {en}")
        self.code = code
        self.text = Text(vi, en)


class SchemaError(HocbaError):
    """Input that its format refuses; `path` says where, as `years[0].subjects[3].year` or `entry.7`."""

    def __init__(self, code: str, path: str, vi: str, en: str) -> None:
        super().__init__(code, vi, en)
        self.args = (f"{path}: {code}: {en}",)
        self.path = path
