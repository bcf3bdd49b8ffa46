"""The words of the result page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas.errors import Text

RESULT: Final[Mapping[str, Text]] = {
    "checked_at": Text("Kiểm tra lúc", "Checked at"),
    "vietnam_time": Text("giờ Việt Nam", "Vietnam time"),
    "to_content": Text("Xem nội dung đã ký để so", "See the signed content to compare"),
    "print": Text("In phiếu kết quả", "Print this report"),
    "no_script": Text(
        "Trình duyệt này không chạy JavaScript nên nội dung đã ký trong mã QR chưa hiện được. Muốn so điểm, hãy chụp "
        "mã QR rồi tải ảnh lên, hoặc tải lên tệp PDF.",
        "This browser runs no JavaScript, so the signed content of the QR code cannot be shown yet. To compare marks, "
        "send a photo of the QR code, or the PDF.",
    ),
    "scanned": Text(
        "Đang đọc nội dung mã QR. Nếu trang không tự chuyển, hãy bấm nút dưới đây.",
        "Reading the content of the QR code. If nothing happens, press the button.",
    ),
    "continue": Text("So điểm đã ký", "Compare the signed marks"),
    # Checks
    "checks": Text("Đã kiểm những gì", "What was checked"),
    "pass": Text("Đạt", "Pass"),
    "fail": Text("Không đạt", "Fail"),
    "unknown": Text("Chưa biết", "Unknown"),
    "notes": Text("Nên biết", "Good to know"),
    # What was revoked or replaced
    "revoked": Text("Việc thu hồi", "The revocation"),
    "revoked_by": Text("Trường thu hồi", "Revoked by"),
    "revoked_at": Text("Ngày thu hồi", "Revoked on"),
    "revoked_class": Text("Lý do thu hồi", "Reason"),
    "class_error": Text("có sai sót", "an error"),
    "class_compromise": Text("lộ khoá ký", "a compromised key"),
    "class_other": Text("lý do khác", "another reason"),
    "versions": Text("Các bản của học bạ này", "Versions of this transcript"),
    "relation_first": Text("Bản đầu tiên", "First version"),
    "relation_continues": Text("Thêm năm học mới", "Adds a school year"),
    "relation_corrects": Text("Bản đính chính", "Correction"),
    "relation_extracts": Text("Bản trích từ học bạ trên", "Taken from the transcript above"),
    "version_valid": Text("không bị thu hồi hay thay thế", "neither revoked nor replaced"),
    "version_revoked": Text("đã bị thu hồi", "revoked"),
    "version_superseded": Text("đã được đính chính", "replaced by a correction"),
    "version_shown": Text("bản đang xem", "the one shown here"),
    # The record
    "record": Text("Trong sổ cấp công khai", "In the public record"),
    "school": Text("Trường", "School"),
    "issued_at": Text("Ngày cấp", "Issued on"),
    "record_time": Text("Sổ cấp tính đến", "Record as of"),
    "number": Text("Mục số", "Entry"),
    "tree_size": Text("Số mục của sổ cấp", "Entries in the record"),
    "root": Text("Gốc cây Merkle của sổ cấp", "Merkle root of the record"),
    # Content
    "compare": Text(
        "Nội dung đã ký: hãy so họ tên và từng điểm với tờ giấy",
        "Signed content: compare the name and every mark with the paper",
    ),
    "content": Text("Nội dung đã ký", "Signed content"),
    "content_claimed": Text(
        "Tệp tự ghi, chưa ai xác nhận", "What the file itself claims, confirmed by nobody"
    ),
    "content_claimed_hint": Text(
        "Dưới đây là lời của chính tệp. Đừng dùng khi chưa hỏi nhà trường.",
        "What follows is the file's own word. Do not use it before asking the school.",
    ),
    "student": Text("Học sinh", "Student"),
    "birth_date": Text("Ngày sinh", "Date of birth"),
    "subject": Text("Môn học", "Subject"),
    "semester1": Text("Học kì I", "Semester I"),
    "semester2": Text("Học kì II", "Semester II"),
    "year": Text("Cả năm", "Year"),
    "reassessed": Text("Đánh giá lại", "Reassessed"),
    "level": Text("Mức đạt được", "Level"),
    "year_test": Text("Điểm kiểm tra định kì", "Test mark"),
    "school_year": Text("Năm học", "School year"),
    "grade": Text("lớp", "grade"),
    # What the law asks to be shown of a signature
    "signatures": Text("Chữ ký số và chứng thư", "Signatures and certificates"),
    "signatures_claimed": Text(
        "Chứng thư kèm trong tệp, chưa được xác nhận", "Certificates in the file, not confirmed"
    ),
    "signer": Text("Người ký", "Signer"),
    "managing_unit": Text("Đơn vị quản lý", "Managing unit"),
    "issuer": Text("Tổ chức cấp chứng thư", "Certificate issuer"),
    "signed_at": Text("Thời điểm ký", "Signed at"),
    "certificate_valid": Text("Thời hạn chứng thư", "Certificate period"),
    "integrity": Text("Tính toàn vẹn", "Integrity"),
    "integrity_pass": Text("Nội dung chưa bị thay đổi từ khi ký", "Unchanged since it was signed"),
    "integrity_fail": Text("Nội dung không còn như lúc ký", "Not as it was signed"),
    "integrity_unknown": Text("Chưa kiểm được", "Could not be checked"),
    "valid_at_signing": Text("Hiệu lực chứng thư lúc ký", "Certificate when signing"),
    "valid_at_signing_pass": Text("Đang có hiệu lực", "In force"),
    "valid_at_signing_fail": Text(
        "Không có hiệu lực hoặc không được đăng ký", "Not in force, or not registered"
    ),
    "valid_at_signing_unknown": Text("Chưa kiểm được", "Could not be checked"),
    "signature_level": Text("Mức chữ ký", "Signature level"),
    "level_B-B": Text("B-B: không có dấu thời gian của riêng chữ ký", "B-B: without a time stamp of its own"),
    "level_B-T": Text("B-T: có dấu thời gian", "B-T: with a time stamp"),
    "level_B-LT": Text(
        "B-LT: có dấu thời gian và bằng chứng hiệu lực", "B-LT: with time stamp and proof of validity"
    ),
    "source_record": Text("theo sổ cấp", "by the public record"),
    "source_claimed": Text("theo lời người ký", "claimed by the signer"),
    "source_timestamp": Text("theo dấu thời gian", "by a time stamp"),
    "source_none": Text("không rõ", "unknown"),
    "reader_bar": Text(
        "Trình đọc PDF có thể hiện thanh vàng “chữ ký chưa được tin cậy”: đó là do máy chưa có chứng thư gốc, không "
        "phải do tệp sai.",
        "A PDF reader may show a yellow bar, “signature not trusted”: that computer lacks the root certificate; it "
        "says nothing against the file.",
    ),
    # What is not proved
    "not_proved": Text("Kết quả này không chứng minh", "What this does not prove"),
    "not_the_holder": Text(
        "Người đưa học bạ là chủ của học bạ: hãy xem giấy tờ tuỳ thân.",
        "That whoever presents the transcript is its owner: ask for an identity document.",
    ),
    "not_the_marks": Text(
        "Điểm được cho đúng: chữ ký cho biết trường đã cấp đúng những điểm này, không nói trường chấm đúng hay sai.",
        "That the marks are deserved: the school issued these marks; whether it gave them fairly is not signed.",
    ),
    # Details and report
    "details": Text("Chi tiết kỹ thuật", "Technical details"),
    "report": Text("Phiếu kết quả kiểm tra", "Verification report"),
    "report_hint": Text(
        "Phiếu này chỉ là bản ghi; bằng chứng là kiểm tra lại chính tệp hoặc mã đó.",
        "This report is only a note; the proof is to check the same file or code again.",
    ),
    "name": Text("Tên tệp", "File name"),
    "size": Text("Kích thước (byte)", "Size (bytes)"),
    "digest": Text("SHA-256 của tệp", "SHA-256 of the file"),
    "code": Text("Mã kết quả", "Verdict code"),
}

ROLES: Final[Mapping[str, str]] = {
    "Giáo viên chủ nhiệm": "Homeroom teacher",
    "Hiệu trưởng": "Principal",
    "Con dấu của trường": "Seal of the school",
}
"""English names of the roles that a signature is shown with."""
