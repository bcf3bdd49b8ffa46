"""The words of the pages, in Vietnamese and English side by side; each page's own stand in a module of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas.errors import Text
from verify.web.desk_words import DESK
from verify.web.offline_words import SCAN
from verify.web.result_words import RESULT

FRAME: Final[Mapping[str, Text]] = {
    "title": Text("Kiểm tra học bạ số", "Verify a school transcript"),
    "skip": Text("Đến nội dung chính", "Skip to main content"),
    "menu": Text("Các trang", "Pages"),
    "nav_home": Text("Kiểm tra", "Check"),
    "other_language": Text("English", "Tiếng Việt"),
    "this_language": Text("Tiếng Việt", "English"),
    "test": Text(
        "BẢN THỬ: không phải học bạ thật, không có giá trị pháp lý.",
        "TEST: not a real transcript, without legal value.",
    ),
    "footer_kept": Text(
        "Tệp và ảnh tải lên chỉ dùng để kiểm tra rồi bỏ ngay, không lưu lại. Trang này không dùng cookie.",
        "Files and photos that you send are checked and dropped at once; nothing is kept. This site sets no cookie.",
    ),
    "footer_open": Text(
        "Kết quả dựa trên sổ cấp công khai và chữ ký số; ai cũng có thể tự kiểm lại bằng phần mềm mở hocba-verify.",
        "Answers rest on the public record and on digital signatures; anybody can repeat them with the "
        "open-source program hocba-verify.",
    ),
    "again": Text("Kiểm tra tệp hoặc mã khác", "Check another file or code"),
}
"""What stands on every page."""

HOME: Final[Mapping[str, Text]] = {
    "intro": Text(
        "Ai cũng kiểm tra được, không cần tài khoản. Chọn một cách:",
        "Anybody can check; no account is needed. Choose a way:",
    ),
    "way_file": Text("Có tệp PDF hoặc ảnh chụp", "You have the PDF file or a photo"),
    "file": Text("Tệp PDF, hoặc ảnh chụp mã QR", "PDF file, or a photo of the QR code"),
    "file_hint": Text(
        "Tệp PDF nhà trường đã gửi kiểm tra được đầy đủ nhất. Với tờ giấy, hãy chụp rõ mã QR (JPEG, PNG, WebP).",
        "The PDF that the school sent gives the most complete check. For a paper, take a sharp photo of its QR code "
        "(JPEG, PNG, WebP).",
    ),
    "check_file": Text("Kiểm tra tệp", "Check the file"),
    "way_serial": Text("Có mã học bạ", "You have the serial"),
    "serial": Text("Mã học bạ", "Serial"),
    "serial_hint": Text(
        "17 ký tự in dưới mã QR, ví dụ 7K3M-…; hoa hay thường, có gạch hay không đều được. Máy quét cũng gõ vào đây",
        "The 17 symbols below the QR code, as 7K3M-…; upper or lower case, with or without hyphens. A scanner may "
        "type here as well",
    ),
    "check_serial": Text("Kiểm tra mã", "Check the serial"),
    "way_phone": Text("Có tờ giấy và điện thoại", "You have the paper and a phone"),
    "phone": Text(
        "Quét mã QR trên tờ học bạ ngay tại trang này, hoặc mở máy ảnh của điện thoại rồi chạm vào địa chỉ hiện ra.",
        "Scan the QR code of the paper on this page, or open the phone's camera and tap the address that appears.",
    ),
}
"""The page that offers the ways in."""

WORDS: Final[Mapping[str, Text]] = {**FRAME, **HOME, **RESULT, **SCAN, **DESK}
