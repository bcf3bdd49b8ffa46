"""What the scan of a sheet tells before any parser of spreadsheets sees it."""

from __future__ import annotations

import gc
import weakref

import pytest

from service.errors import ServiceError
from service.importing.xml_scan import SheetScan, scan

SHEET = b"""<?xml version="1.0"?>
<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>
<x:row r="2"><x:c r="B2" t="s"><x:v>1</x:v></x:c><x:c r="C2"><x:v>8.5</x:v></x:c></x:row>
<x:row><x:c t="inlineStr"><x:is><x:t>5</x:t></x:is></x:c><x:c><x:f>B2</x:f><x:v>7</x:v></x:c>
<x:c t="s"><x:v><!-- - -->0</x:v></x:c></x:row>
</x:sheetData></x:worksheet>"""


def scanned(content: bytes) -> SheetScan:
    """Scan a sheet of a workbook with two shared strings, of 3 and of 40 characters."""
    sheet = SheetScan("xl/worksheets/sheet1.xml", [3, 40])
    scan(content, sheet)
    return sheet


def test_values_characters_area_and_formulas_are_counted() -> None:
    """Shared strings count by their length, cells without a reference follow the one before."""
    found = scanned(SHEET)
    assert (found.values, found.characters, found.area) == (5, 43, 3 * 3)
    assert found.formulas == {(3, 2)}


def test_what_is_hidden_is_told_within_bounds() -> None:
    """Rows and columns from 1, no further than a workbook may reach, and no more spans than a sheet can have."""
    spans = b'<x:cols><x:col min="1" max="1"/><x:col min="199" max="16384" hidden="1"/></x:cols>'
    content = SHEET.replace(b"<x:sheetData>", spans + b"<x:sheetData>").replace(
        b'r="2"', b'r="2" hidden="true"'
    )
    found = scanned(content)
    assert (found.hidden_rows, found.hidden_columns) == ({2}, {199, 200})
    with pytest.raises(ServiceError) as refusal:
        scanned(SHEET.replace(b"<x:sheetData>", spans * 5_001 + b"<x:sheetData>"))
    assert refusal.value.code == "workbook-swollen"


def test_index_of_no_shared_string_is_refused() -> None:
    """A cell that names a string which is not there."""
    with pytest.raises(ServiceError) as refusal:
        scanned(SHEET.replace(b"<x:v>1</x:v>", b"<x:v>2</x:v>"))
    assert refusal.value.code == "workbook-unreadable"


def test_a_row_that_is_too_far_without_references_is_refused() -> None:
    """Rows count whether they say their number or not."""
    with pytest.raises(ServiceError) as refusal:
        scanned(SHEET.replace(b'r="2"', b'r="10001"').replace(b' r="B2"', b"").replace(b' r="C2"', b""))
    assert refusal.value.code == "workbook-far-cell"


def test_nothing_of_a_scan_waits_for_the_garbage_collector() -> None:
    """A school has a thousand sheets: what was read of each goes away with it."""
    gc.disable()
    try:
        sheet = scanned(SHEET)
        left = weakref.ref(sheet)
        del sheet
        assert left() is None
    finally:
        gc.enable()
