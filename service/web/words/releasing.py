"""The words of the grace window: signed and not released yet, released before its time, taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "vi": {
        "state_in_window": "Đã ký, phát hành lúc {when}",
        "state_for_somebody": "Đã ký, chờ người phát hành",
        "state_held": "Đã ký, giữ lại",
        "state_abandoned": "Đã bỏ, không bao giờ ghi sổ",
        "standing": "Học bạ đã ký, chờ phát hành",
        "standing_of": "Học bạ đã ký",
        "standing_hint": "Học bạ này đã ký xong nhưng chưa ghi sổ và chưa ai nhận được. Hết giờ thì hệ thống "
        "tự ghi sổ và phát hành; sau đó chỉ còn thu hồi hoặc đính chính.",
        "not_standing": "Học bạ này không còn chờ phát hành:",
        "take_back": "Lấy lại",
        "take_back_hint": "Thấy sai thì lấy lại: bản này sẽ không bao giờ được ghi sổ, mã học bạ của nó bỏ "
        "đi. Sửa dữ liệu, xác nhận và duyệt lại rồi cấp bản mới.",
        "take_back_reason": "Lý do lấy lại (lưu trong vết thay đổi của học sinh)",
        "release_now": "Phát hành ngay",
        "release_now_hint": "Cần ngay thì không chờ hết giờ: học bạ được ghi sổ công khai và phát hành. Ai đã nhập "
        "tay hoặc xác nhận điểm của lớp thì không được phát hành.",
        "release_class": "Phát hành ngay cả lớp",
        "release_question": "Phát hành ngay lớp {name}, {year}?",
        "release_hint": "Không chờ hết giờ: các học bạ dưới đây được ghi sổ công khai và phát hành ngay. Ai "
        "đã nhập tay hoặc xác nhận điểm của lớp thì không được phát hành.",
        "nothing_standing": "Lớp này không có học bạ nào đang chờ phát hành.",
        "window_minutes": "Sau khi ký, học bạ chờ {minutes} phút rồi mới ghi sổ; trong lúc đó còn lấy lại "
        "được.",
        "released_said": "Đã phát hành {count} học bạ.",
        "released_later": "Đang có người cấp học bạ; {count} học bạ sẽ phát hành trong vài phút tới.",
        "held_said": "{count} học bạ bị giữ lại; xem lý do ở danh sách.",
        "taken_back_said": "Đã lấy lại; học bạ này sẽ không được ghi sổ. Hãy sửa, xác nhận và duyệt lại.",
    },
    "en": {
        "state_in_window": "Signed, to be released at {when}",
        "state_for_somebody": "Signed, to be released by somebody",
        "state_held": "Signed, held",
        "state_abandoned": "Let go of, never to be recorded",
        "standing": "Signed, to be released",
        "standing_of": "Signed transcript",
        "standing_hint": "This transcript is signed, not on record, and nobody has it. When its time has come "
        "it is recorded and released by itself; after that it can only be revoked or corrected.",
        "not_standing": "This transcript is not waiting to be released any more:",
        "take_back": "Take back",
        "take_back_hint": "Take it back where it is wrong: it is never recorded, and its serial is never "
        "used. Mend the data, have them confirmed and approved again, then issue another.",
        "take_back_reason": "Why it is taken back (kept in the student's trail of changes)",
        "release_now": "Release now",
        "release_now_hint": "Where it is needed at once: it is recorded publicly and released without waiting. "
        "Whoever entered by hand or confirmed marks of the class may not.",
        "release_class": "Release the class now",
        "release_question": "Release class {name}, {year} now?",
        "release_hint": "Without waiting: these transcripts are recorded publicly and released now. Whoever "
        "entered by hand or confirmed marks of the class may not.",
        "nothing_standing": "No transcript of this class waits to be released.",
        "window_minutes": "What is signed stands for {minutes} minutes before it is recorded, and can be "
        "taken back meanwhile.",
        "released_said": "{count} transcripts were released.",
        "released_later": "Somebody is issuing; {count} transcripts are released within some minutes.",
        "held_said": "{count} transcripts are held; the list says why.",
        "taken_back_said": "Taken back; this transcript is never recorded. Mend it, and have it confirmed and "
        "approved again.",
    },
}
