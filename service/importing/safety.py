"""Opens an untrusted .xlsx archive: bounded, plain, and written anew before any spreadsheet parser sees it.

A parser gets only XML parts that were inflated within limits and parsed without DTD, so
two readers of the archive cannot disagree. What cells say is not judged, only that they are near and which are
formulas.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from posixpath import normpath

from service.errors import ServiceError
from service.importing.limits import (
    MAX_AREA,
    MAX_CHARACTERS,
    MAX_FILE,
    MAX_INFLATED,
    MAX_PARTS,
    MAX_RATIO,
    MAX_VALUES,
    check_markup,
    has_links,
    has_macros,
    not_a_workbook,
    swollen,
)
from service.importing.xml_scan import Relations, SheetScan, Texts, scan

_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_STRINGS = "xl/sharedStrings.xml"
_PARTS = frozenset(("[Content_Types].xml", "_rels/.rels", _WORKBOOK, _RELATIONS, _STRINGS, "xl/styles.xml"))
_SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml")


@dataclass(frozen=True, slots=True)
class SafeWorkbook:
    """A workbook that may be parsed: the archive written anew, and what the scan found in each sheet, by its name."""

    data: bytes
    sheets: dict[str, SheetScan]


def open_workbook(data: bytes) -> SafeWorkbook:
    """Return the workbook once its archive is found harmless.

    Raises:
        ServiceError: `workbook-…` named after what was found.
    """
    parts = read_parts(data)
    if "xl/workbook.bin" in parts:
        raise ServiceError(
            "workbook-binary",
            "Tệp là .xlsb (nhị phân); hãy mở bằng Excel và lưu lại dạng .xlsx.",
            "The file is a binary .xlsb; open it in a spreadsheet program and save it as .xlsx.",
        )
    if _WORKBOOK not in parts or _RELATIONS not in parts:
        raise not_a_workbook()
    _refuse_active_content(parts)
    # Comments, pictures, print settings and whatever else lies in the archive are passed on to nobody.
    xml = {name: content for name, content in parts.items() if name in _PARTS or _SHEET_PART.fullmatch(name)}
    check_markup(xml.values())
    texts = Texts()
    for name in _PARTS & xml.keys():
        scan(xml[name], texts if name == _STRINGS else None)
    sheets = {part: SheetScan(part, texts.lengths) for part in xml if _SHEET_PART.fullmatch(part)}
    for part, found in sheets.items():
        scan(xml[part], found)
    _check_extent(sheets.values())
    try:
        by_name = {sheet: sheets[part] for sheet, part in _sheet_parts(xml)}
    except KeyError:
        raise not_a_workbook() from None
    return SafeWorkbook(_written_anew(xml), by_name)


def check_size(data: bytes) -> None:
    """Refuse a file that is larger than any school's.

    Raises:
        ServiceError: `workbook-too-large`.
    """
    if len(data) > MAX_FILE:
        raise ServiceError(
            "workbook-too-large",
            "Tệp lớn hơn 20 MB; hãy bỏ hình ảnh và trang thừa, hoặc chia thành nhiều tệp.",
            "The file is larger than 20 MB; remove pictures and spare sheets, or split it into several files.",
        )


def read_parts(data: bytes) -> dict[str, bytes]:
    """Return the parts of a ZIP archive by name, inflated within limits.

    Raises:
        ServiceError: `workbook-unreadable`, `workbook-part-twice`, `workbook-swollen`.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            _check_directory(members)
            return {member.filename: archive.read(member) for member in members}
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, NotImplementedError) as error:
        raise not_a_workbook() from error


def _check_directory(members: list[zipfile.ZipInfo]) -> None:
    if len({member.filename.casefold() for member in members}) != len(members):
        raise ServiceError(
            "workbook-part-twice",
            "Tệp có hai phần trùng tên, hai phần mềm có thể đọc khác nhau; hãy lưu lại tệp bằng Excel rồi nhập.",
            "Two parts of the file have one name, so two programs may read it differently; save it again and import.",
        )
    inflated = sum(member.file_size for member in members)
    too_dense = any(member.file_size > MAX_RATIO * max(member.compress_size, 1) for member in members)
    if len(members) > MAX_PARTS or inflated > MAX_INFLATED or too_dense:
        raise swollen()


def _check_extent(sheets: Collection[SheetScan]) -> None:
    if (
        sum(sheet.values for sheet in sheets) > MAX_VALUES
        or sum(sheet.characters for sheet in sheets) > MAX_CHARACTERS
        or sum(sheet.area for sheet in sheets) > MAX_AREA
    ):
        raise swollen()


def _refuse_active_content(parts: dict[str, bytes]) -> None:
    names = [name.casefold() for name in parts]
    types = parts.get("[Content_Types].xml", b"").lower()
    if any("vbaproject" in name or "macrosheets/" in name for name in names) or b"macroenabled" in types:
        raise has_macros()
    if any("externallinks/" in name or name == "xl/connections.xml" for name in names):
        raise has_links()


def _sheet_parts(xml: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    relations = Relations()
    scan(xml[_RELATIONS], relations)
    scan(xml[_WORKBOOK], relations)
    seen: set[str] = set()
    for name, relation in relations.sheets:
        target = relations.targets[relation]
        part = normpath(target[1:] if target.startswith("/") else f"xl/{target}")
        # One part under many names would be read, and would fill memory, once for each.
        if part in seen:
            raise swollen()
        seen.add(part)
        yield name, part


def _written_anew(xml: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in xml.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return target.getvalue()
