"""The words of the offline page: what its scripts say, by the names that they use, and what stands on the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas.errors import Text
from schemas.profiles import DocumentForm
from schemas.verdict import VerdictCode
from verify import messages
from verify.checks.status import CORRECTED, REVOKED
from verify.web.next_steps import NEXT_STEPS

_PAPER: Final = (
    VerdictCode.RECORDED,
    VerdictCode.SUPERSEDED,
    VerdictCode.REVOKED,
    VerdictCode.ALTERED,
    VerdictCode.UNTRUSTED_ISSUER,
    VerdictCode.UNRECORDED,
    VerdictCode.UNCONFIRMED,
    VerdictCode.NOT_FOUND,
    VerdictCode.UNREADABLE,
)
WORDS_OF_CHECKS: Final[Mapping[str, Text]] = {
    **{f"pass_{check}": text for check, text in messages.PASSED_PAPER.items()},
    "not_made": messages.NOT_MADE,
    "unreadable": Text(
        "Mã QR này không phải của học bạ số, hoặc bị đọc sai; hãy quét lại.",
        "This QR code is not one of a digital transcript, or was read wrongly; scan it again.",
    ),
    "serial_differs": messages.SERIAL_DIFFERS,
    "no_key": messages.NO_KEY,
    "signature_wrong": Text("Chữ ký không đúng.", "The signature is wrong."),
    "no_pack": messages.NO_PACK,
    "key_not_registered": messages.KEY_NOT_REGISTERED,
    "no_such_serial": messages.NO_SUCH_SERIAL,
    "stale_pack": messages.STALE_PACK,
    "after_pack": messages.AFTER_PACK,
    "no_entry": messages.NO_ENTRY,
    "other_claims": messages.OTHER_CLAIMS,
    "revoked": REVOKED,
    "corrected": CORRECTED,
    "by_pack": messages.BY_PACK,
    "not_the_holder": messages.NOT_THE_HOLDER,
    "strange_host": messages.STRANGE_HOST,
    **{f"form_{form}": text for form, text in messages.NOT_THE_WHOLE.items()},
}
"""What the scripts say of a check, and the notes."""

HEADLINES: Final[Mapping[str, Text]] = {
    **{code.value: code.headline for code in _PAPER},
    **{
        f"{code.value}_{form.value}": code.headline_of(form)
        for code in _PAPER
        for form in DocumentForm
        if code.headline_of(form) != code.headline
    },
}
"""The headline of each verdict, and of what is taken from a transcript where it is another."""

NEXT: Final[Mapping[str, tuple[Text, ...]]] = {code.value: NEXT_STEPS[code] for code in _PAPER}

SCRIPT: Final[Mapping[str, Text]] = {
    "scan_title": Text("Quét mã QR học bạ", "Scan a transcript's QR code"),
    "no_trust": Text(
        "Chưa kiểm được: hãy mở trang này một lần khi có mạng.",
        "Nothing can be checked yet: open this page once while online.",
    ),
    "trust_expired": Text(
        "Gốc tin cậy trên máy này đã hết hạn, nên chưa kết luận được gì. Hãy mở lại trang khi có mạng.",
        "The trust root on this device has expired; nothing can be concluded. Open the page again while online.",
    ),
    "open": Text("Mở máy ảnh", "Open the camera"),
    "stop": Text("Tắt máy ảnh", "Stop the camera"),
    "no_camera": Text(
        "Không mở được máy ảnh. Hãy cho phép dùng máy ảnh, hoặc chọn ảnh chụp.",
        "The camera cannot be opened. Allow it, or choose a photo.",
    ),
    "looking": Text("Đang tìm mã QR…", "Looking for a QR code…"),
    "nothing_found": Text(
        "Không thấy mã QR trong ảnh. Hãy chụp lại gần hơn, thẳng và đủ sáng.",
        "No QR code was found in the photo. Take it again: closer, straight, in good light.",
    ),
    "two_codes": messages.TWO_CODES,
    "offline": Text("Kiểm trên máy này, không hỏi máy chủ.", "Checked on this device, without the server."),
    "online": Text("Đã kiểm lại với sổ cấp ở máy chủ.", "Checked again with the record at the server."),
    "pack_age": Text("Gói ngoại tuyến có từ", "Offline pack of"),
    "just_now": Text("vừa xong", "just now"),
    "minutes": Text("N phút trước", "N minutes ago"),
    "hours": Text("N giờ trước", "N hours ago"),
    "days": Text("N ngày trước", "N days ago"),
    "no_packs": Text("Chưa có gói nào trên máy này.", "There is no pack on this device yet."),
    "kept": Text("Đã giữ gói trên máy này.", "The pack is kept on this device."),
    "not_kept": Text("Chưa tải được gói; hãy thử lại.", "The pack could not be fetched; try again."),
}
"""What the scripts say beside the verdict."""

SCAN: Final[Mapping[str, Text]] = {
    "nav_scan": Text("Quét mã QR", "Scan"),
    "scan_title": SCRIPT["scan_title"],
    "scan_intro": Text(
        "Ảnh không rời khỏi máy này. Khi mất mạng, trang vẫn kiểm được mã của các trường có gói ngoại tuyến.",
        "Pictures never leave this device. Without a network the page still checks codes of schools whose pack it has.",
    ),
    "scan_open": SCRIPT["open"],
    "scan_photo": Text("Hoặc chọn ảnh chụp mã QR", "Or choose a photo of the QR code"),
    "scan_video": Text("Hình từ máy ảnh", "Picture of the camera"),
    "scan_packs": Text("Gói ngoại tuyến", "Offline packs"),
    "scan_packs_hint": Text(
        "Gói ghi học bạ nào của trường đã cấp, thu hồi hay đính chính; không có tên hay điểm của ai.",
        "A pack says which transcripts of a school were issued, revoked or corrected; it has nobody's name or marks.",
    ),
    "scan_school": Text("Trường", "School"),
    "scan_keep": Text("Giữ gói trên máy này", "Keep the pack on this device"),
    "scan_no_script": Text(
        "Trang này cần JavaScript. Không có thì hãy gửi ảnh ở trang đầu.",
        "This page needs JavaScript. Without it, send a photo from the first page.",
    ),
}
"""What stands on the scanning page."""
