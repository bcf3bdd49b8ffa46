"""The words of the pages, in Vietnamese and English.

The language is part of the address, so that no cookie is needed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from flask import request

from schemas.verdict import VerdictCode

VIETNAM = dt.timezone(dt.timedelta(hours=7))


def format_date(time: dt.datetime) -> str:
    """Return the day in Vietnam, as 24/11/2026."""
    return f"{time.astimezone(VIETNAM):%d/%m/%Y}"


def format_moment(time: dt.datetime) -> str:
    """Return the moment in Vietnam, as 24/11/2026 23:07:24."""
    return f"{time.astimezone(VIETNAM):%d/%m/%Y %H:%M:%S}"


def language() -> str:
    """Return the language that the request asks for; Vietnamese where it asks for none."""
    return "en" if request.args.get("lang") == "en" else "vi"


def texts() -> Mapping[str, str]:
    """Return the words of the pages in the request's language."""
    return TEXTS[language()]


def next_step(code: VerdictCode) -> str:
    """Return what to do about a verdict."""
    vi, en = NEXT_STEPS[code]
    return en if language() == "en" else vi


TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "vi": {
        "title": "Kiểm tra học bạ số",
        "intro": "Chọn tệp PDF học bạ, hoặc gõ mã in dưới mã QR. Tệp tải lên chỉ dùng để kiểm tra, không được lưu lại.",
        "file": "Tệp học bạ (PDF)",
        "check_file": "Kiểm tra tệp",
        "serial": "Mã học bạ",
        "serial_hint": "17 ký tự in dưới mã QR, ví dụ 7K3M-…; chữ hoa hay thường đều được",
        "check_serial": "Kiểm tra mã",
        "phone": "Có tờ giấy? Dùng máy ảnh điện thoại quét mã QR trên tờ học bạ.",
        "test": "BẢN THỬ: không phải học bạ thật, không có giá trị pháp lý.",
        "checks": "Đã kiểm những gì",
        "pass": "Đạt",
        "fail": "Không đạt",
        "unknown": "Chưa biết",
        "compare": "Nội dung đã ký: hãy so từng điểm với tờ giấy",
        "content": "Nội dung đã ký",
        "student": "Học sinh",
        "birth_date": "Ngày sinh",
        "school": "Trường",
        "subject": "Môn học",
        "semester1": "Học kì I",
        "semester2": "Học kì II",
        "year": "Cả năm",
        "reassessed": "Đánh giá lại",
        "school_year": "Năm học",
        "grade": "lớp",
        "record": "Trong sổ cấp",
        "issued_at": "Ngày ghi sổ",
        "number": "Mục số",
        "of": "trên",
        "record_time": "Sổ cấp tính đến",
        "signatures": "Chữ ký số và chứng thư",
        "role": "Vai trò",
        "signer": "Người ký",
        "managing_unit": "Đơn vị quản lý",
        "issuer": "Tổ chức cấp chứng thư",
        "signed_at": "Thời điểm ký",
        "certificate_valid": "Chứng thư có giá trị",
        "integrity": "Toàn vẹn",
        "valid_at_signing": "Hiệu lực lúc ký",
        "details": "Chi tiết kỹ thuật",
        "digest": "SHA-256 của tệp",
        "checked_at": "Kiểm tra lúc",
        "again": "Kiểm tra tệp hoặc mã khác",
        "scanned": "Đang đọc nội dung mã QR. Nếu trang không tự chuyển, hãy bấm nút dưới đây.",
        "continue": "So điểm đã ký",
        "reader_bar": "Trình đọc PDF có thể báo vàng “chữ ký chưa được tin cậy”: đó là do máy chưa có chứng thư gốc, "
        "không phải do tệp sai.",
        "source_record": "sổ cấp",
        "source_claimed": "người ký tự khai",
        "source_timestamp": "dấu thời gian",
        "source_none": "không rõ",
        "revoked_class": "Lý do thu hồi",
        "class_error": "sai sót",
        "class_compromise": "lộ khoá ký",
        "class_other": "lý do khác",
        "other_language": "English",
    },
    "en": {
        "title": "Verify a school transcript",
        "intro": "Choose the transcript's PDF file, or type the serial below the QR code. Uploads are not kept.",
        "file": "Transcript file (PDF)",
        "check_file": "Check the file",
        "serial": "Serial",
        "serial_hint": "The 17 symbols below the QR code, as 7K3M-…; upper or lower case",
        "check_serial": "Check the serial",
        "phone": "A paper in hand? Scan its QR code with a phone's camera.",
        "test": "TEST: not a real transcript, without legal value.",
        "checks": "What was checked",
        "pass": "Pass",
        "fail": "Fail",
        "unknown": "Unknown",
        "compare": "Signed content: compare every mark with the paper",
        "content": "Signed content",
        "student": "Student",
        "birth_date": "Date of birth",
        "school": "School",
        "subject": "Subject",
        "semester1": "Semester I",
        "semester2": "Semester II",
        "year": "Year",
        "reassessed": "Reassessed",
        "school_year": "School year",
        "grade": "grade",
        "record": "In the public record",
        "issued_at": "Recorded on",
        "number": "Entry",
        "of": "of",
        "record_time": "Record as of",
        "signatures": "Signatures and certificates",
        "role": "Role",
        "signer": "Signer",
        "managing_unit": "Managing unit",
        "issuer": "Certificate issuer",
        "signed_at": "Signed at",
        "certificate_valid": "Certificate valid",
        "integrity": "Integrity",
        "valid_at_signing": "Valid at signing",
        "details": "Technical details",
        "digest": "SHA-256 of the file",
        "checked_at": "Checked at",
        "again": "Check another file or serial",
        "scanned": "Reading the content of the QR code. If nothing happens, press the button.",
        "continue": "Compare the signed marks",
        "reader_bar": "A PDF reader may show a yellow bar, “signature not trusted”: that computer lacks the root "
        "certificate; it says nothing against the file.",
        "source_record": "public record",
        "source_claimed": "claimed by the signer",
        "source_timestamp": "time stamp",
        "source_none": "unknown",
        "revoked_class": "Reason",
        "class_error": "an error",
        "class_compromise": "a compromised key",
        "class_other": "another reason",
        "other_language": "Tiếng Việt",
    },
}

NEXT_STEPS: Final[Mapping[VerdictCode, tuple[str, str]]] = {
    VerdictCode.VALID: (
        "Tệp này đúng từng byte như nhà trường đã cấp. Có thể dùng mà không cần bản giấy có dấu.",
        "This file is, byte for byte, what the school issued. No stamped paper is needed.",
    ),
    VerdictCode.RECORDED: (
        "Mã có thật, nhưng tờ giấy có thể đã bị sửa: hãy so từng điểm, hoặc xin tệp PDF gốc.",
        "The code is real, but a paper can be edited: compare every mark, or ask for the original PDF.",
    ),
    VerdictCode.SUPERSEDED: (
        "Hãy yêu cầu bản đính chính mới nhất từ học sinh hoặc nhà trường.",
        "Ask the student or the school for the corrected version.",
    ),
    VerdictCode.REVOKED: (
        "Không dùng học bạ này. Hãy liên hệ nhà trường đã cấp để biết lý do và bản thay thế.",
        "Do not use this transcript. Ask the issuing school for the reason and a replacement.",
    ),
    VerdictCode.ALTERED: (
        "Không dùng tệp này. Hãy xin lại tệp gốc; in, quét hay lưu lại đều làm hỏng chữ ký.",
        "Do not use it. Ask for the original file; printing, scanning or saving anew breaks signatures.",
    ),
    VerdictCode.UNTRUSTED_ISSUER: (
        "Chưa có đăng ký nào xác nhận người ký này thuộc trường ghi trong tệp. Hãy hỏi nhà trường hoặc Sở.",
        "No registration confirms that this signer belongs to the school named. Ask the school or the authority.",
    ),
    VerdictCode.UNRECORDED: (
        "Nhà trường chưa cấp bản này. Hãy xin bản đã cấp chính thức.",
        "The school never issued this version. Ask for the one that was.",
    ),
    VerdictCode.UNCONFIRMED: (
        "Chưa đủ thông tin để kết luận. Hãy thử lại sau ít phút; đây không phải là lời nói tệp sai.",
        "There is not enough to conclude. Try again in a few minutes; this does not say that anything is wrong.",
    ),
    VerdictCode.NOT_FOUND: (
        "Hãy gõ lại mã in dưới mã QR. Nếu mã đúng mà vẫn không thấy, hãy hỏi nhà trường.",
        "Type the serial below the QR code again. If it is right and still not found, ask the school.",
    ),
    VerdictCode.NOT_A_TRANSCRIPT: (
        "Hãy chọn tệp PDF học bạ mà nhà trường đã gửi.",
        "Choose the transcript PDF that the school sent.",
    ),
    VerdictCode.UNREADABLE: (
        "Hãy tải lại tệp gốc, hoặc gõ lại mã, rồi thử lại.",
        "Fetch the original file again, or retype the code, and retry.",
    ),
    VerdictCode.SERVICE_ERROR: ("Hãy thử lại sau ít phút.", "Try again in a few minutes."),
}
