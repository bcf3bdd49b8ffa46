"""The words of the console, in Vietnamese and English; the choice is kept in the session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask import session

from schemas.errors import Text
from service.grace import when_released
from service.storage.records import Change, Issuance, Standing, State
from service.web import (
    approval_words,
    batch_words,
    mark_words,
    office_words,
    people_words,
    release_words,
    school_words,
)


def language() -> str:
    """Return the language of the session; Vietnamese where none was chosen."""
    return "en" if session.get("lang") == "en" else "vi"


def texts() -> Mapping[str, str]:
    """Return the words of the console."""
    return TEXTS[language()]


def said(text: Text) -> str:
    """Return a sentence in the language of the session."""
    return text.en if language() == "en" else text.vi


def state_words(issuance: Issuance | None) -> str:
    """Return in words how far a transcript is."""
    if issuance is None:
        return texts()["state_none"]
    if issuance.stands_signed and not issuance.is_waiting:
        return _standing_words(issuance)
    if issuance.is_waiting:
        return texts()["state_waiting"]
    if issuance.has_failed:
        return texts()["state_failed"]
    if issuance.standing is not Standing.CURRENT:
        return texts()[f"standing_{issuance.standing}"]
    return texts()[_STATES[issuance.state]]


def _standing_words(issuance: Issuance) -> str:
    if issuance.has_failed:
        return texts()["state_held"]
    until = when_released(issuance)
    if until is None:
        return texts()["state_for_somebody"]
    return texts()["state_in_window"].format(when=f"{until:%H:%M, %d/%m}")


def change_words(change: Change) -> str:
    """Return in words how far a request to revoke or to correct is; nothing once it is done or withdrawn."""
    return texts().get(f"{change.kind}_{change.state}", "")


_STATES = {
    State.RESERVED: "state_reserved",
    State.SIGNED: "state_signed",
    State.RECORDED: "state_recorded",
    State.RELEASED: "state_released",
    State.ABANDONED: "state_abandoned",
}

_TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "vi": {
        "title": "Cấp học bạ số",
        "test": "BẢN THỬ: học bạ ở đây không có giá trị pháp lý.",
        "sign_in": "Đăng nhập",
        "sign_out": "Đăng xuất",
        "classes": "Các lớp",
        "no_classes": "Chưa có lớp nào. Hãy nhập tệp của trường.",
        "school_year": "Năm học",
        "class": "Lớp",
        "students": "Học sinh",
        "released": "Đã cấp",
        "started": "Đang cấp",
        "failed": "Lỗi",
        "import": "Nhập tệp của trường",
        "workbook": "Các tệp .xlsx, .xls, .ods, .csv, hoặc một tệp .zip",
        "workbook_hint": "Danh sách học sinh, điểm các môn và kết quả cả năm, như phần mềm của trường xuất ra: "
        "chọn tất cả các tệp của một hay nhiều lớp cùng lúc, hoặc nén thư mục thành .zip. Tối đa 64 MB.",
        "check": "Kiểm tra tệp",
        "nothing_yet": "Bước này chỉ kiểm tra, chưa nhập gì.",
        "found": "Tệp đúng: sẽ nhập",
        "students_of": "học sinh lớp",
        "do_import": "Nhập vào hệ thống",
        "imported": "Đã nhập",
        "mend": "Chưa nhập gì. Hãy sửa những điều dưới đây trong tệp rồi chọn lại tệp.",
        "confirm_columns": "Chưa nhập gì. Hãy xác nhận các cột.",
        "columns_hint": "Tiêu đề của các cột này không có trong mẫu. Hãy chọn đúng nghĩa của từng cột; "
        "lựa chọn được ghi nhớ cho trường khi nhập.",
        "columns_named": "Cột trường đã xác nhận",
        "columns_known": "Các cột đã hiểu",
        "title_in_file": "Tiêu đề trong tệp",
        "is_column": "Là cột",
        "example": "ví dụ",
        "certainty": "Vì sao",
        "certainty_guessed": "đoán: cần xác nhận",
        "certainty_unknown": "không rõ: hãy chọn",
        "certainty_remembered": "trường đã xác nhận",
        "choose": "— hãy chọn —",
        "left_out": "(bỏ qua, không đọc)",
        "where": "Ở đâu",
        "more_sheets": "trang khác",
        "role_students": "danh sách học sinh",
        "role_marks": "điểm môn học",
        "role_results": "kết quả cả năm",
        "check_columns": "Xác nhận các cột và kiểm tra lại",
        "check_again": "Kiểm tra lại",
        "marked": "Tải tệp đã đánh dấu",
        "will_add": "Sẽ thêm",
        "will_change": "sửa",
        "will_leave": "giữ nguyên",
        "will_stay": "học sinh đã có của các lớp này không có trong tệp và sẽ giữ nguyên.",
        "faults_of_columns": "Lỗi về tệp, trang và cột",
        "faults_of_columns_hint": "Hãy sửa các lỗi này trước; từng dòng được kiểm tra sau đó.",
        "faults_of_rows": "Lỗi ở các dòng",
        "changes": "Sẽ sửa",
        "change": "Thay đổi",
        "nothing": "(trống)",
        "file": "Tệp",
        "files": "Các tệp",
        "imports": "Các lần nhập",
        "no_imports": "Chưa nhập lần nào.",
        "when": "Lúc",
        "undo": "Hoàn tác",
        "undone": "Đã hoàn tác",
        "undo_question": "Hoàn tác lần nhập lúc",
        "undo_what": "Mỗi học sinh của lần nhập này trở lại như trước đó. Không hoàn tác được khi học bạ đã cấp "
        "hoặc đang cấp, hoặc khi một lần nhập sau đã sửa học sinh đó.",
        "sheet": "Trang",
        "cell": "Ô",
        "value": "Giá trị",
        "what_to_do": "Cần làm gì",
        "warnings": "Cần xem lại",
        "warnings_hint": "Không ngăn việc nhập.",
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
        "state_waiting": "Chờ ký",
        "standing_revoked": "Đã thu hồi",
        "standing_superseded": "Đã có bản đính chính",
        "revocation_requested": "Đề nghị thu hồi, chờ người khác xác nhận",
        "revocation_confirmed": "Đã xác nhận thu hồi, đang ghi sổ",
        "correction_requested": "Đề nghị đính chính, chờ người khác xác nhận",
        "correction_confirmed": "Đã xác nhận đính chính, đang cấp bản mới",
        "differences": "Khác biệt với quy tắc",
        "differences_hint": "Giá trị mà trường đã ghi là giá trị được cấp. Hãy sửa tệp rồi nhập lại, hoặc giữ giá trị "
        "đã ghi và nêu lí do; lí do chỉ ở lại trong hệ thống của trường.",
        "no_differences": "Không có khác biệt nào.",
        "undecided": "khác biệt chưa ai quyết định",
        "kept": "đã giữ",
        "at": "Ở mục",
        "recorded": "Đang ghi",
        "computed": "Theo quy tắc",
        "why": "Vì sao",
        "decision": "Quyết định",
        "reason": "Lí do giữ",
        "keep": "Giữ giá trị đã ghi",
        "kept_recorded": "Giữ giá trị đã ghi",
        "left_open": "(do người quyết định)",
        "cannot_be_kept": "Không giữ được: hãy sửa tệp rồi nhập lại.",
        "extracts": "Trích lục",
        "extracts_hint": "Trích lục có một năm học; bản tóm tắt có kết quả các năm, kèm hồ sơ chuyển trường. Cả hai "
        "không thay cho học bạ, và hết giá trị khi học bạ bị thu hồi hoặc đính chính.",
        "extract_what": "Cấp",
        "extract_of": "Trích lục năm học",
        "transfer_summary": "Bản tóm tắt để chuyển trường",
        "document": "Văn bản",
        "links": "Gia đình",
        "notices": "Thông báo cho gia đình",
        "requests": "Yêu cầu của gia đình",
        "form_stale": "Trang đã mở quá lâu. Hãy tải lại trang rồi thử lại.",
        "other_language": "English",
    },
    "en": {
        "title": "Issue transcripts",
        "test": "TEST: transcripts made here have no legal value.",
        "sign_in": "Sign in",
        "sign_out": "Sign out",
        "classes": "Classes",
        "no_classes": "No classes yet. Import the school's files.",
        "school_year": "School year",
        "class": "Class",
        "students": "Students",
        "released": "Issued",
        "started": "In progress",
        "failed": "Failed",
        "import": "Import the school's files",
        "workbook": "Files .xlsx, .xls, .ods, .csv, or one .zip",
        "workbook_hint": "Lists of students, marks of the subjects and results of the year, as the school's software "
        "exports them: choose all files of one or several classes at once, or a folder as a .zip. At most 64 MB.",
        "check": "Check the file",
        "nothing_yet": "This step only checks; nothing is imported yet.",
        "found": "The file is right: it will import",
        "students_of": "students of class",
        "do_import": "Import",
        "imported": "Imported",
        "mend": "Nothing was imported. Mend the following in the files and choose them again.",
        "confirm_columns": "Nothing was imported. Please confirm the columns.",
        "columns_hint": "The titles of these columns are not known. Choose what each column is; "
        "the choice is remembered for the school when you import.",
        "columns_named": "Columns that the school has confirmed",
        "columns_known": "Columns that were understood",
        "title_in_file": "Title in the file",
        "is_column": "Is the column",
        "example": "for example",
        "certainty": "Why",
        "certainty_guessed": "guessed: please confirm",
        "certainty_unknown": "not known: please choose",
        "certainty_remembered": "confirmed by the school",
        "choose": "— choose —",
        "left_out": "(left out, not read)",
        "where": "Where",
        "more_sheets": "more sheets",
        "role_students": "list of students",
        "role_marks": "marks of a subject",
        "role_results": "results of the year",
        "check_columns": "Confirm the columns and check again",
        "check_again": "Check again",
        "marked": "Fetch the marked files",
        "will_add": "Will add",
        "will_change": "change",
        "will_leave": "leave as they are",
        "will_stay": "stored students of these classes are not in the files and will stay.",
        "faults_of_columns": "Faults of files, sheets and columns",
        "faults_of_columns_hint": "Mend these first; rows are checked after that.",
        "faults_of_rows": "Faults of rows",
        "changes": "Will change",
        "change": "Change",
        "nothing": "(empty)",
        "file": "File",
        "files": "Files",
        "imports": "Imports",
        "no_imports": "Nothing was imported yet.",
        "when": "At",
        "undo": "Undo",
        "undone": "Undone",
        "undo_question": "Undo the import of",
        "undo_what": "Every student of this import goes back to what was before. It cannot be undone once a "
        "transcript is issued or being issued, or a later import changed the student.",
        "sheet": "Sheet",
        "cell": "Cell",
        "value": "Value",
        "what_to_do": "What to do",
        "warnings": "Please look at",
        "warnings_hint": "These do not forbid the import.",
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
        "state_waiting": "Awaiting signature",
        "standing_revoked": "Revoked",
        "standing_superseded": "Replaced by a corrected version",
        "revocation_requested": "Revocation requested, to be confirmed by somebody else",
        "revocation_confirmed": "Revocation confirmed, being recorded",
        "correction_requested": "Correction requested, to be confirmed by somebody else",
        "correction_confirmed": "Correction confirmed, being issued",
        "differences": "Differences from the rules",
        "differences_hint": "What the school recorded is what is issued. Mend the file and import it again, or keep "
        "what is recorded and say why; the reason stays within the school's system.",
        "no_differences": "There are no differences.",
        "undecided": "differences nobody has decided about",
        "kept": "kept",
        "at": "At",
        "recorded": "Recorded",
        "computed": "By the rules",
        "why": "Why",
        "decision": "Decision",
        "reason": "Reason to keep",
        "keep": "Keep what is recorded",
        "kept_recorded": "Kept as recorded",
        "left_open": "(left to a person)",
        "cannot_be_kept": "It cannot be kept: mend the file and import it again.",
        "extracts": "Extracts",
        "extracts_hint": "An extract has one school year; the summary has the results of all years, for a transfer. "
        "Neither stands in the transcript's place, and both end when the transcript is revoked or corrected.",
        "extract_what": "Issue",
        "extract_of": "Extract of",
        "transfer_summary": "Summary for a transfer",
        "document": "Document",
        "links": "Family",
        "notices": "Notices to families",
        "requests": "Requests of families",
        "form_stale": "This page was open too long. Load it again and retry.",
        "other_language": "Tiếng Việt",
    },
}
_PARTS: Final = (
    _TEXTS,
    people_words.WORDS,
    school_words.WORDS,
    office_words.WORDS,
    mark_words.WORDS,
    approval_words.WORDS,
    batch_words.WORDS,
    release_words.WORDS,
)
TEXTS: Final = {name: {key: word for part in _PARTS for key, word in part[name].items()} for name in _TEXTS}
"""Every word of the pages, by language."""
