"""The desk's results as files for a spreadsheet program."""

from __future__ import annotations

from typing import Final

from schemas.errors import Text
from verify import spreadsheet
from verify.desk.results import Results, table_of
from verify.spreadsheet import Sheet

SUMMARY: Final = Text("Tóm tắt", "Summary")
RESULTS: Final = Text("Kết quả", "Results")
ATTENTION: Final = Text("Cần xử lý", "Needs attention")
ALL: Final = Text("Tổng số dòng", "Rows in all")


def format_csv(results: Results, *, english: bool = False) -> bytes:
    """Return the results as CSV."""
    return spreadsheet.format_csv(table_of(results, english=english))


def format_xlsx(results: Results, *, english: bool = False) -> bytes:
    """Return the results as a workbook of two sheets, the second with what is counted."""
    counts = [(ALL, len(results.rows)), (ATTENTION, results.attention), *results.counts()]
    summary = [[_said(text, english=english), str(count)] for text, count in counts]
    return spreadsheet.format_xlsx(
        Sheet(_said(RESULTS, english=english), table_of(results, english=english)),
        Sheet(_said(SUMMARY, english=english), summary, has_titles=False),
    )


def _said(text: Text, *, english: bool) -> str:
    return text.en if english else text.vi
