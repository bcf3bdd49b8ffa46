"""How large an untrusted workbook may be, and the refusals that name what was found in one."""

from __future__ import annotations

from collections.abc import Collection

from service.errors import ServiceError

MAX_FILE = 20 * 2**20
MAX_PARTS = 200
MAX_INFLATED = 50 * 2**20
MAX_RATIO = 100
MAX_ROW = 10_000
MAX_COLUMN = 200
MAX_TAGS = 2_000_000
MAX_VALUES = 400_000
MAX_TEXT = 4000
MAX_CHARACTERS = 20_000_000
"""Of all cells together: a shared string is copied for each cell that names it."""
MAX_AREA = 2_000_000
"""Cells of all sheets from A1 to their last ones: a parser makes room for the empty ones too."""
MAX_MERGED = 10_000
"""Merged ranges of a sheet, and its spans of columns of one format."""

MAX_STRETCH = 2**17
"""Bytes of XML from one "<" to the next: a tag with its attributes, or a text, is held whole by whoever parses."""


def check_markup(parts: Collection[bytes], *, most_tags: int = MAX_TAGS) -> None:
    """Refuse XML that would take much memory or time, before it is parsed. "<" is 0x3C in every encoding that is read.

    Raises:
        ServiceError: `workbook-swollen`.
    """
    if sum(content.count(b"<") for content in parts) > most_tags:
        raise swollen()
    for content in parts:
        at = 0
        while at + MAX_STRETCH < len(content):
            at = content.rfind(b"<", at, at + MAX_STRETCH) + 1
            if at == 0:
                raise swollen()


def has_macros() -> ServiceError:
    """Say that a file carries a program."""
    return ServiceError(
        "workbook-has-macros",
        "Tệp có macro; hãy lưu lại dạng .xlsx (không macro) rồi nhập.",
        "The file holds macros; save it as .xlsx (without macros) and import that.",
    )


def has_links() -> ServiceError:
    """Say that a file takes values from elsewhere."""
    return ServiceError(
        "workbook-has-links",
        "Tệp lấy số liệu từ tệp khác; hãy dán lại dạng giá trị (Paste Values) và xoá liên kết ngoài.",
        "The file takes values from other files; paste them as values and remove the external links.",
    )


def is_locked() -> ServiceError:
    """Say that a file needs a password."""
    return ServiceError(
        "workbook-locked",
        "Tệp có mật khẩu; hãy mở ra, bỏ mật khẩu rồi lưu lại.",
        "The file has a password; open it, remove the password and save it again.",
    )


def has_entities() -> ServiceError:
    """Say that a part declares a document type: entities of its own, or other files to be read."""
    return ServiceError(
        "workbook-has-entities",
        "Tệp có khai báo DOCTYPE (thực thể XML); phần mềm bảng tính không viết như vậy. Hãy chép dữ liệu sang tệp mới.",
        "The file declares a DOCTYPE (XML entities), as no spreadsheet program does; copy the data into a new file.",
    )


def far_cell(part: str, row: int, column: int) -> ServiceError:
    """Say that a cell stands too far out."""
    return ServiceError(
        "workbook-far-cell",
        f"Phần {part} có ô ở dòng {row}, cột {column}, quá xa; hãy xoá phần thừa.",
        f"Part {part} has a cell in row {row}, column {column}, too far out; delete what is spare.",
    )


def swollen() -> ServiceError:
    """Say that a file is a bomb, or as good as one."""
    return ServiceError(
        "workbook-swollen",
        "Tệp nén hoặc chứa quá mức cần cho một lớp; hãy chép dữ liệu sang tệp mới rồi nhập.",
        "The file inflates to, or holds, more than a class needs; copy the data into a new file and import that.",
    )


def not_a_workbook() -> ServiceError:
    """Say that a file is broken, or no workbook at all."""
    return ServiceError(
        "workbook-unreadable",
        "Không đọc được tệp: cần tệp .xlsx, .xls, .ods hoặc .csv nguyên vẹn. Hãy mở tệp, lưu lại dạng .xlsx rồi nhập.",
        "The file cannot be read: it must be an intact .xlsx, .xls, .ods or .csv. Open it and save it as .xlsx.",
    )
