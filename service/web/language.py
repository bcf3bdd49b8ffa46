"""The words of the console, in Vietnamese and English; the choice is kept in the session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask import session

from service.storage.records import Change, Issuance, Standing, State


def language() -> str:
    """Return the language of the session; Vietnamese where none was chosen."""
    return "en" if session.get("lang") == "en" else "vi"


def texts() -> Mapping[str, str]:
    """Return the words of the console."""
    return TEXTS[language()]


def state_words(issuance: Issuance | None) -> str:
    """Return in words how far a transcript is."""
    if issuance is None:
        return texts()["state_none"]
    if issuance.failure is not None:
        return texts()["state_failed"]
    if issuance.standing is not Standing.CURRENT:
        return texts()[f"standing_{issuance.standing}"]
    return texts()[_STATES[issuance.state]]


def change_words(change: Change) -> str:
    """Return in words how far a request to revoke or to correct is; nothing once it is done or withdrawn."""
    return texts().get(f"{change.kind}_{change.state}", "")


_STATES = {
    State.RESERVED: "state_reserved",
    State.SIGNED: "state_signed",
    State.RECORDED: "state_recorded",
    State.RELEASED: "state_released",
}

TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "vi": {
        "title": "Cấp học bạ số",
        "test": "BẢN THỬ: học bạ ở đây không có giá trị pháp lý.",
        "sign_in": "Đăng nhập",
        "token": "Mã truy cập của trường",
        "token_wrong": "Mã truy cập không đúng. Hãy chép lại đủ mã, hoặc hỏi người quản trị.",
        "sign_out": "Đăng xuất",
        "classes": "Các lớp",
        "no_classes": "Chưa có lớp nào. Hãy nhập tệp Excel của một lớp.",
        "school_year": "Năm học",
        "class": "Lớp",
        "students": "Học sinh",
        "released": "Đã cấp",
        "started": "Đang cấp",
        "failed": "Lỗi",
        "import": "Nhập tệp Excel của một lớp",
        "workbook": "Tệp Excel (.xlsx)",
        "check": "Kiểm tra tệp",
        "nothing_yet": "Bước này chỉ kiểm tra, chưa nhập gì.",
        "found": "Tệp đúng: sẽ nhập",
        "students_of": "học sinh lớp",
        "do_import": "Nhập vào hệ thống",
        "imported": "Đã nhập",
        "mend": "Chưa nhập gì. Hãy sửa các ô dưới đây trong tệp Excel rồi chọn lại tệp.",
        "sheet": "Trang",
        "cell": "Ô",
        "value": "Giá trị",
        "what_to_do": "Cần làm gì",
        "warnings": "Cần xem lại",
        "name": "Họ và tên",
        "code": "Mã học sinh",
        "state": "Tình trạng",
        "serial": "Mã học bạ",
        "issue": "Cấp học bạ cả lớp",
        "issue_question": "Cấp học bạ cho lớp",
        "issue_what": "Học bạ chưa cấp sẽ được hiệu trưởng ký, đóng dấu số của trường, rồi ghi vào sổ cấp công khai. "
        "Sau khi ghi sổ chỉ có thể thu hồi hoặc đính chính.",
        "issue_yes": "Ký và cấp",
        "back": "Quay lại",
        "state_none": "Chưa cấp",
        "state_reserved": "Đã giữ mã, chờ ký",
        "state_signed": "Đã ký, chờ ghi sổ",
        "state_recorded": "Đã ghi sổ, chờ phát hành",
        "state_released": "Đã cấp",
        "state_failed": "Lỗi",
        "standing_revoked": "Đã thu hồi",
        "standing_superseded": "Đã có bản đính chính",
        "revocation_requested": "Đề nghị thu hồi, chờ người khác xác nhận",
        "revocation_confirmed": "Đã xác nhận thu hồi, đang ghi sổ",
        "correction_requested": "Đề nghị đính chính, chờ người khác xác nhận",
        "correction_confirmed": "Đã xác nhận đính chính, đang cấp bản mới",
        "form_stale": "Trang đã mở quá lâu. Hãy tải lại trang rồi thử lại.",
        "other_language": "English",
    },
    "en": {
        "title": "Issue transcripts",
        "test": "TEST: transcripts made here have no legal value.",
        "sign_in": "Sign in",
        "token": "The school's access token",
        "token_wrong": "The access token is wrong. Copy all of it again, or ask the operator.",
        "sign_out": "Sign out",
        "classes": "Classes",
        "no_classes": "No classes yet. Import the Excel file of a class.",
        "school_year": "School year",
        "class": "Class",
        "students": "Students",
        "released": "Issued",
        "started": "In progress",
        "failed": "Failed",
        "import": "Import the Excel file of a class",
        "workbook": "Excel file (.xlsx)",
        "check": "Check the file",
        "nothing_yet": "This step only checks; nothing is imported yet.",
        "found": "The file is right: it will import",
        "students_of": "students of class",
        "do_import": "Import",
        "imported": "Imported",
        "mend": "Nothing was imported. Mend these cells in the Excel file and choose it again.",
        "sheet": "Sheet",
        "cell": "Cell",
        "value": "Value",
        "what_to_do": "What to do",
        "warnings": "Please look at",
        "name": "Name",
        "code": "Student code",
        "state": "State",
        "serial": "Serial",
        "issue": "Issue for the whole class",
        "issue_question": "Issue transcripts for class",
        "issue_what": "Transcripts not yet issued are signed by the principal, sealed by the school, and written into "
        "the public record. After that they can only be revoked or corrected.",
        "issue_yes": "Sign and issue",
        "back": "Back",
        "state_none": "Not issued",
        "state_reserved": "Serial reserved, to be signed",
        "state_signed": "Signed, to be recorded",
        "state_recorded": "Recorded, to be released",
        "state_released": "Issued",
        "state_failed": "Failed",
        "standing_revoked": "Revoked",
        "standing_superseded": "Replaced by a corrected version",
        "revocation_requested": "Revocation requested, to be confirmed by somebody else",
        "revocation_confirmed": "Revocation confirmed, being recorded",
        "correction_requested": "Correction requested, to be confirmed by somebody else",
        "correction_confirmed": "Correction confirmed, being issued",
        "form_stale": "This page was open too long. Load it again and retry.",
        "other_language": "Tiếng Việt",
    },
}
