"""The child that parses an .xls: the file comes in, JSON goes out, nothing can be opened, connected or written.

`python -m service.importing.xls_child`. It imports next to nothing, for a school may have hundreds of these files.
"""

from __future__ import annotations

import datetime as dt
import json
import resource
import sys
from io import BytesIO

from python_calamine import CalamineWorkbook, SheetVisibleEnum

MEMORY_BYTES = 300 * 1024 * 1024
CPU_SECONDS = 8


def _answer(data: bytes) -> str:
    with CalamineWorkbook.from_filelike(BytesIO(data)) as book:
        sheets = []
        for known in book.sheets_metadata:
            sheet = book.get_sheet_by_name(known.name)
            rows = [[_json(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
            sheets.append(
                {
                    "name": known.name,
                    "hidden": known.visible is not SheetVisibleEnum.Visible,
                    "rows": rows,
                    "merged": sheet.merged_cell_ranges or [],
                }
            )
    return json.dumps(sheets)


def _json(value: object) -> object:
    if isinstance(value, dt.datetime | dt.date):
        return {"date": value.isoformat()}
    return {"text": str(value)} if isinstance(value, dt.time | dt.timedelta) else value


def _serve() -> None:
    data = sys.stdin.buffer.read()
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    sys.stdout.write(_answer(data))


if __name__ == "__main__":
    _serve()
