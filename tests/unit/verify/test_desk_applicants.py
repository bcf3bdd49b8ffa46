"""Reading an institution's list of applicants, from .csv and .xlsx, strictly."""

from __future__ import annotations

import contextlib
import io
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.desk import BORN, outcome
from verify.desk.applicants import Applicant, read_applicants
from verify.desk.export import format_csv, format_xlsx
from verify.desk.grid import MAX_LIST_BYTES, read_csv
from verify.desk.results import make_results, table_of
from verify.desk.xlsx_reader import read_xlsx
from verify.findings import VerifyError
from verify.spreadsheet import as_text

HOA = Applicant(2, full_name="Nguyễn Thị Hoà", birth_date=BORN)


def workbook(*rows: list[object]) -> bytes:
    """Return an .xlsx with these rows."""
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def refusal(data: bytes) -> str:
    """Return the code of the refusal."""
    with pytest.raises(VerifyError) as refused:
        read_applicants(data)
    assert refused.value.text.vi != refused.value.text.en
    return refused.value.code


@pytest.mark.parametrize(
    "data",
    [
        "Họ và tên;Ngày sinh\nNguyễn Thị Hoà;05/09/2010\n".encode(),
        "HỌ VÀ TÊN,NGÀY SINH\r\nNguyễn  Thị Hoà,5-9-2010\r\n".encode("utf-16"),
        "Họ đệm\tTên\tNgày, tháng, năm sinh (*)\nNguyễn Thị\tHoà\t2010-09-05\n".encode("utf-8-sig"),
        workbook(["Họ và tên", "Ngày sinh"], ["Nguyễn Thị Hoà", BORN]),
        workbook(["Họ và tên", "Ngày sinh"], ["Nguyễn Thị Hoà", "05/09/2010"]),
    ],
)
def test_shapes_of_one_list(data: bytes) -> None:
    """Separators, encodings, titles and date cells of many kinds give the same applicant."""
    assert read_applicants(data) == (HOA,)


def test_list_below_a_letterhead_with_every_column() -> None:
    """Titles are looked for below a letterhead; other columns and empty rows are passed over; lost zeros come back."""
    data = workbook(
        ["SỞ GIÁO DỤC VÀ ĐÀO TẠO"],
        [],
        ["STT", "Số báo danh", "Họ và tên", "Ngày sinh", "Số CCCD", "Mã HS", "Điện thoại"],
        [1, "TS-001", "Nguyễn Thị Hoà", BORN, 1210000001, "'0100000001", "=+1"],
        [],
        [2, 17, "Trần Văn An", BORN, "123456789", None, None],
    )
    first, second = read_applicants(data)
    assert (first.row, first.label, first.personal_id, first.student_code) == (
        4,
        "TS-001",
        "001210000001",
        "0100000001",
    )
    assert (second.row, second.label, second.personal_id) == (6, "17", "")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "list-unreadable"),
        (b"%PDF-1.7", "list-unreadable"),
        (b"a;b\0;c", "list-unreadable"),
        (b"PK\x03\x04 no archive", "list-unreadable"),
        (bytes(MAX_LIST_BYTES + 1), "list-too-large"),
        ("Họ và tên;Ngày sinh\nHoà;1".encode("cp1258", "replace"), "list-encoding"),
        (b"a,b\n1,2\n", "list-columns"),
        ("Họ và tên\nHoà\n".encode(), "list-columns"),
        ("Họ và tên;Ngày sinh;Họ tên\nHoà;05/09/2010;x\n".encode(), "list-column-twice"),
        ("Họ và tên;Ngày sinh\n".encode(), "list-empty"),
        ("Họ và tên;Ngày sinh\nHoà;31/02/2010\n".encode(), "list-value"),
        ("Họ và tên;Ngày sinh\nHoà;2010\n".encode(), "list-value"),
        ('Họ và tên;Ngày sinh\n=HYPERLINK("x");05/09/2010\n'.encode(), "list-value"),
        ("Họ và tên;Ngày sinh\nHo\u200bà;05/09/2010\n".encode(), "list-value"),
        ("Số CCCD\n12345\n".encode(), "list-value"),
        ("Mã học bạ\nAAAA\n".encode(), "list-value"),
        (workbook(["Mã học sinh"], ["=A1"]), "list-value"),
        (workbook(["Mã học sinh"], ["x" * 1001]), "list-too-large"),
        (workbook(["Mã học sinh", *[None] * 120, "far"], ["1"]), "list-too-large"),
    ],
)
def test_lists_that_are_refused(data: bytes, code: str) -> None:
    """Each is refused by name, in both languages."""
    assert refusal(data) == code


def test_hostile_workbooks() -> None:
    """Parts twice, a DTD, a swollen part, macros and sheets that lie elsewhere are refused, whatever they hold."""
    good = workbook(["Mã học sinh"], ["1"])

    def changed(**parts: bytes) -> bytes:
        target = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(good)) as source,
            zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            for name in source.namelist():
                archive.writestr(
                    name, parts.pop(name.rpartition("/")[2].partition(".")[0], source.read(name))
                )
            for name, content in parts.items():
                archive.writestr(f"xl/{name}", content)
        return target.getvalue()

    entity = b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet><sheetData/></worksheet>'
    assert refusal(changed(sheet1=entity)) == "list-unreadable"
    assert refusal(changed(sheet1=b"<worksheet>")) == "list-unreadable"
    assert refusal(changed(sheet1=bytes(31 * 2**20))) == "list-too-large"
    assert refusal(changed(workbook=b"<workbook/>")) == "list-unreadable"
    assert refusal(changed(vbaProject=b"x")) == "list-unreadable"
    far = b'<worksheet><sheetData><row r="99999999"><c><v>1</v></c></row></sheetData></worksheet>'
    assert refusal(changed(sheet1=far)) == "list-too-large"
    twice = b'<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>'
    assert (
        refusal(changed(sheet1=b"<worksheet><sheetData>%s</sheetData></worksheet>" % twice))
        == "list-unreadable"
    )


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Whatever is handed in as a list is read or refused by name; nothing else is raised."""
    for each in (data, b"PK\x03\x04" + data, "Họ và tên;Ngày sinh\n".encode() + data):
        with contextlib.suppress(VerifyError):
            assert read_applicants(each)


DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\uff1d1",
    "\u200b=1",
    " =1",
    "\ufeff+1",
    "\x01=1",
    "\n-",
]


@pytest.mark.parametrize("value", DANGEROUS)
def test_exports_hold_no_formula(value: str) -> None:
    """What could begin a formula is text in both exports: behind an apostrophe in CSV, a text cell in XLSX."""
    results = make_results([outcome(value, name=value)])
    exported = read_csv(format_csv(results))
    assert all(not cell.text.startswith(("=", "+", "-", "@", "\t", "\r")) for row in exported for cell in row)
    assert as_text(value).startswith("'")
    book = openpyxl.load_workbook(io.BytesIO(format_xlsx(results)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}
    assert {cell.number_format for cell in cells} == {"@"}


def test_exports_keep_codes_and_are_nfc() -> None:
    """A code keeps its zeros, a name is NFC, what XML forbids is replaced, and the same results give the same bytes."""
    results = make_results([outcome("Hoa\u0300 \x02\uffff", student_code="0000000012345678")], [])
    book = format_xlsx(results)
    rows, _ = read_xlsx(book)
    texts = [cell.text for cell in rows[1]]
    assert "0000000012345678" in texts
    assert "Hoà \N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}" in texts
    assert format_xlsx(results) == book
    assert [cell.text for cell in rows[0]] == table_of(results)[0]


def test_ordinary_values_are_left_alone() -> None:
    """Names, dates and codes are exported as they are."""
    for value in ("Nguyễn Thị Hoà", "05/09/2010", "0100000001", "", "A-1"):
        assert as_text(value) == value
