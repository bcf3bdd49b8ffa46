"""The words of the admissions desk: its form, its list, and what its script says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas.errors import Text
from verify.desk.outcome import UNCHECKED
from verify.desk.results import SAME_BYTES, SAME_SERIAL, TO_DO

DESK: Final[Mapping[str, Text]] = {
    "nav_desk": Text("Bàn tiếp nhận", "Admissions desk"),
    "desk_intro": Text(
        "Kiểm nhiều học bạ một lần và đối chiếu với danh sách thí sinh. Kết quả chỉ nằm trong trình duyệt này; "
        "đóng trang là mất, hãy tải về trước.",
        "Check many transcripts at once and match them with a list of applicants. The results are in this browser "
        "alone; closing the page loses them, so download them first.",
    ),
    "desk_code": Text("Quét mã QR hoặc gõ mã học bạ", "Scan a QR code or type a serial"),
    "desk_code_hint": Text(
        "Máy quét cầm tay cứ quét: con trỏ luôn nằm ở đây.",
        "With a hand scanner just scan: the cursor is always here.",
    ),
    "desk_files": Text("Học bạ: tệp PDF, ảnh, hoặc .zip", "Transcripts: PDF files, photos, or .zip"),
    "desk_files_hint": Text(
        "Chọn nhiều tệp cùng lúc, hoặc thả tệp, thư mục, .zip vào bất cứ đâu trên trang.",
        "Choose many at once, or drop files, folders, .zip anywhere on the page.",
    ),
    "desk_files_plain": Text(
        "Không có JavaScript: mỗi lần gửi nhiều nhất 100 học bạ, tổng cộng 32 MB, mỗi tệp 10 MB.",
        "Without JavaScript: at most 100 transcripts, 32 MB in all, 10 MB each, each time.",
    ),
    "desk_folder": Text("Chọn cả thư mục", "Choose a whole folder"),
    "desk_list": Text("Danh sách thí sinh (không bắt buộc)", "List of applicants (optional)"),
    "desk_list_hint": Text(
        "Tệp .xlsx hoặc .csv có cột “Họ và tên” và “Ngày sinh”, hoặc một cột mã.",
        'An .xlsx or .csv with columns "Full name" and "Date of birth", or a column of codes.',
    ),
    "desk_answer": Text("Trả kết quả", "Answer as"),
    "desk_answer_page": Text("trên trang", "a page"),
    "desk_check": Text("Kiểm tra", "Check"),
    "desk_results": Text("Kết quả", "Results"),
    "desk_attention": Text("Cần xử lý", "Needs attention"),
    "desk_settled": Text("Đã xong", "Settled"),
    "desk_total": Text("Tổng số", "In all"),
    "desk_none": Text("Chưa có học bạ nào.", "No transcript yet."),
    "desk_verdict": Text("Kết luận", "Verdict"),
    "desk_document": Text("Tệp hoặc mã", "File or code"),
    "desk_student": Text("Học sinh", "Student"),
    "desk_match": Text("Đối chiếu danh sách", "Against the list"),
    "desk_row": Text("Dòng", "Row"),
    "desk_same_as": SAME_BYTES,
    "desk_same_serial": SAME_SERIAL,
    "desk_to_do": TO_DO,
    "desk_proof": Text("Để kiểm lại", "To check again"),
    "desk_again": Text("Kiểm lượt khác", "Check others"),
    "desk_again_is_proof": Text(
        "Tờ báo cáo này không phải là bằng chứng: bằng chứng là lần kiểm lại từ tệp gốc.",
        "This report is no proof: checking the original files again is.",
    ),
    "desk_export_xlsx": Text("Tải .xlsx", "Download .xlsx"),
    "desk_export_csv": Text("Tải .csv", "Download .csv"),
    "desk_print": Text("In báo cáo", "Print the report"),
    "desk_working": Text(
        "Đã kiểm {done}/{all} · cần xử lý {attention}", "Checked {done}/{all} · needs attention {attention}"
    ),
    "desk_waiting": Text(
        "Máy chủ đang bận; tự kiểm tiếp sau {seconds} giây.",
        "The server is busy; going on by itself in {seconds} s.",
    ),
    "desk_lost": Text(
        "Không liên lạc được với máy chủ. Hãy xem kết nối rồi gửi lại tệp này.",
        "The server cannot be reached. Look at the connection and send this file again.",
    ),
    "desk_unread": Text(
        "Trình duyệt không mở được tệp này (hỏng, có mật khẩu, quá lớn, hoặc .zip lồng nhau). Hãy giải nén rồi nộp.",
        "The browser cannot open this file (damaged, with a password, too large, or a .zip too deep in others). "
        "Unpack it and submit what is inside.",
    ),
    "desk_queued": Text(
        "Còn trong hàng chờ của trình duyệt, chưa tới lượt.",
        "Still waiting in the browser; its turn has not come.",
    ),
    "desk_holds_none": Text(
        "Tệp .zip rỗng, hoặc là tệp văn bản hay bảng tính. Hãy nộp tệp PDF mà nhà trường đã gửi.",
        "An empty .zip, or a text document or workbook. Submit the PDF that the school sent.",
    ),
    "desk_unchecked_headline": UNCHECKED,
    "desk_unread_headline": Text("Không đọc được tệp hoặc mã", "Could not be read"),
    "desk_unchecked": Text(
        "Một lần gửi chỉ kiểm được 100 học bạ trong 20 giây; tệp này chưa tới lượt. Hãy gửi tiếp tệp này.",
        "One sending takes 100 transcripts and 20 seconds; this file's turn did not come. Send it again.",
    ),
    "desk_too_large": Text(
        "Lần gửi này quá lớn nên chưa tệp nào được kiểm. Mỗi lần: nhiều nhất 1.000 tệp, tổng cộng 32 MB, mỗi tệp "
        "10 MB; 100 học bạ được kiểm. Hãy chia ra nhiều lần gửi.",
        "This sending is too large, and no file was checked. Each time: at most 1,000 files, 32 MB in all, 10 MB each; "
        "100 transcripts are checked. Send them in several parts.",
    ),
    "desk_too_many": Text(
        "Lần thả này có nhiều hơn 20.000 tệp hoặc 2 GB sau khi giải nén: phần còn lại của tệp .zip này chưa được kiểm. "
        "Hãy chia nhỏ.",
        "This drop holds more than 20,000 files, or 2 GB unpacked: the rest of this .zip was not checked. Split it.",
    ),
    "desk_bad_row": Text(
        "Trình duyệt gửi dòng này sai dạng nên không dùng được. Hãy thả lại tệp này để kiểm.",
        "The browser sent this row malformed, and it cannot be used. Drop the file again to have it checked.",
    ),
    "desk_off": Text(
        "Đã bỏ {count} tệp ra khỏi hàng chờ theo yêu cầu, chưa kiểm. Muốn kiểm thì thả lại.",
        "{count} taken off the waiting list on request, not checked. Drop it again to have it checked.",
    ),
    "desk_many": Text(
        "Nhiều học bạ hơn mức đối chiếu được một lần (10.000 dòng, 10 MB kể cả danh sách), nên không đối chiếu. Không "
        "mất gì: tệp tải về vẫn đủ mọi dòng. Hãy đối chiếu phần còn lại ở một trang mới.",
        "More transcripts than can be matched at once (10,000 rows, 10 MB with the list), so none was matched. Nothing "
        "is lost: downloads hold every row. Match the rest on a new page.",
    ),
    "desk_queue": Text("Đang chờ: {count} tệp – xem, bỏ bớt", "Waiting: {count} – look, take some off"),
    "desk_queue_count": Text("còn {count} tệp chờ", "{count} waiting"),
    "desk_queue_inside": Text("Tệp bên trong", "What is inside"),
    "desk_queue_more": Text("và {count} tệp nữa", "and {count} more"),
    "desk_take_off": Text("Bỏ tệp này", "Take it off"),
    "desk_leave": Text("Kết quả chưa tải về sẽ mất.", "Results that were not downloaded will be lost."),
}
"""The admissions desk."""

SCRIPT_WORDS: Final = (
    *(
        "desk_working",
        "desk_waiting",
        "desk_lost",
        "desk_many",
        "desk_row",
        "desk_same_as",
        "desk_same_serial",
    ),
    *("desk_to_do", "desk_proof", "desk_attention", "desk_settled", "desk_total", "desk_take_off"),
    *("desk_queue", "desk_queue_count", "desk_queue_inside", "desk_queue_more"),
)
"""The words that the page hands to its script."""
