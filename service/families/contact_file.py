"""Families' addresses from a school's own file: student code and address, checked before anything is set.

The file is untrusted, and read as every other (`service.importing.formats`). All of it is right, or none is taken: an
address beside the wrong child would tell a stranger. Where the file has names, they must be the register's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from schemas.change_trail import Actor
from service.errors import ServiceError
from service.families.notices import is_address
from service.importing.complaints import Complaint, Complaints, Place
from service.importing.formats import SourceFile, open_book
from service.importing.shape import Column
from service.importing.sheets import letter
from service.importing.tables import Fields, Row, SheetCells, find_header, fold
from service.importing.values import CellValue, prose, student_code
from service.storage.contact_imports import ContactImport
from service.storage.register import Register

COLUMNS: Final = (
    Column("number", "STT", required=False, looked_up=True),
    Column("student_code", "Mã học sinh", other_titles=("Mã HS", "Mã định danh học sinh")),
    Column(
        "full_name",
        "Họ và tên",
        required=False,
        other_titles=("Họ tên", "Họ và tên học sinh"),
        looked_up=True,
    ),
    Column("class_name", "Lớp", required=False, looked_up=True),
    Column("birth_date", "Ngày sinh", required=False, looked_up=True),
    Column("phone", "Số điện thoại", required=False, other_titles=("Điện thoại",), looked_up=True),
    Column(
        "email",
        "Thư điện tử",
        other_titles=("Email", "E-mail", "Địa chỉ thư điện tử", "Email phụ huynh", "Thư điện tử phụ huynh"),
    ),
)


@dataclass(frozen=True, slots=True)
class ContactPlan:
    """What a file says and would change; `complaints` with an error forbid it all."""

    complaints: tuple[Complaint, ...]
    addresses: Mapping[str, str]
    """By student code; none where something is wrong."""
    added: tuple[str, ...] = ()
    changed: tuple[tuple[str, str, str], ...] = ()
    """Student code, the address before, the address of the file."""
    same: int = 0

    @property
    def ok(self) -> bool:
        """Whether it may be imported."""
        return bool(self.addresses)


@dataclass(frozen=True, slots=True)
class ContactTools:
    """What importing addresses needs from elsewhere."""

    register: Register
    now: Callable[[], dt.datetime]
    token_bytes: Callable[[int], bytes]

    def plan(self, school: str, file: SourceFile) -> ContactPlan:
        """Return what a file would change; nothing is written.

        Raises:
            ServiceError: the file as a whole is refused.
        """
        complaints = Complaints(file.name)
        addresses = _read(file, self.register.student_names(school), complaints)
        if complaints.has_errors or not addresses:
            if not complaints.has_errors:
                complaints.add(Place(), _nothing())
            return ContactPlan(complaints.report(), {})
        known = self.register.addresses(school)
        return ContactPlan(
            complaints.report(),
            addresses,
            tuple(student for student in addresses if student not in known),
            tuple(
                (student, known[student], email)
                for student, email in addresses.items()
                if known.get(student, email) != email
            ),
            sum(known.get(student) == email for student, email in addresses.items()),
        )

    def take(
        self, school: str, file: SourceFile, plan: ContactPlan, *, actor: Actor, set_by: str | None
    ) -> ContactImport:
        """Set the addresses of a plan; the same file again changes nothing."""
        made = ContactImport(
            self.token_bytes(16).hex(),
            school,
            int(self.now().timestamp()),
            actor.name,
            file.name[:200],
            sha256(file.data).hexdigest(),
        )
        return self.register.import_contacts(made, plan.addresses, set_by=set_by)


def _read(file: SourceFile, names: Mapping[str, str], complaints: Complaints) -> dict[str, str]:
    found: dict[str, str] = {}
    for sheet in open_book(file).sheets.values():
        if sheet.hidden or not any(value != "" for row in sheet.rows for value in row):
            continue
        header = find_header(sheet, COLUMNS, complaints)
        if header is None:
            continue
        number, positions = header
        letters = {key: letter(position) for key, position in positions.items()}
        for line in range(number + 1, len(sheet.rows) + 1):
            row = Row(sheet.name, line, SheetCells(sheet, line - 1, positions), letters)
            _take_row(row, names, found, complaints)
    return found


def _take_row(row: Row, names: Mapping[str, str], found: dict[str, str], complaints: Complaints) -> None:
    if not set(row.cells) - {"number"}:
        return
    fields = Fields(row, COLUMNS, complaints)
    code = fields.read("student_code", student_code)
    if "email" not in row.cells:
        if code is not None:
            fields.warn("email", _no_address())
        return
    email = fields.read("email", _address)
    if code is None or email is None:
        return
    name = row.cells.get("full_name")
    if code not in names:
        fields.refuse("student_code", _student_unknown())
    elif name is not None and fold(str(name.value)) != fold(names[code]):
        fields.refuse("full_name", _name_differs(names[code]))
    elif found.setdefault(code, email) != email:
        fields.refuse("email", _twice())


def _address(value: CellValue) -> str:
    address = prose(value, longest=254)
    if not is_address(address):
        raise ServiceError(
            "email-invalid",
            "Địa chỉ thư không đúng dạng, như phuhuynh@example.vn; hãy xem lại.",
            "The e-mail address is malformed, it should be like parent@example.vn; check it.",
        )
    return address


def _no_address() -> ServiceError:
    return ServiceError(
        "contact-empty",
        "Dòng này không có địa chỉ: địa chỉ đang có của em, nếu có, giữ nguyên.",
        "This row has no address: the student's present one, where there is one, stays.",
    )


def _student_unknown() -> ServiceError:
    return ServiceError(
        "contact-student-unknown",
        "Trường không có học sinh mang mã này; hãy xem lại mã, hoặc nhập danh sách học sinh trước.",
        "The school has no student of this code; check it, or import the list of students first.",
    )


def _name_differs(name: str) -> ServiceError:
    return ServiceError(
        "contact-name-differs",
        f"Mã này là của {name}; có thể cột đã bị lệch dòng. Hãy xem lại mã và tên.",
        f"This code is {name}'s; a column may have slipped by a row. Check code and name.",
    )


def _twice() -> ServiceError:
    return ServiceError(
        "contact-twice",
        "Học sinh này đã có một địa chỉ khác ở dòng trên; hãy giữ một dòng.",
        "This student has another address in a row above; keep one row.",
    )


def _nothing() -> ServiceError:
    return ServiceError(
        "contact-file-empty",
        "Tệp không có địa chỉ nào; hãy xem lại cột Mã học sinh và Thư điện tử.",
        "The file holds no address; check the columns Mã học sinh and Thư điện tử.",
    )
