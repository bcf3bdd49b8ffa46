"""The sentences of passed checks and of notes, in both languages.

What a check says when it does not pass stands with the check.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from schemas.errors import Text
from schemas.record.checkpoint import CosignedCheckpoint
from schemas.verdict import CheckId

PASSED: Final = {
    CheckId.READABLE: Text("Đã đọc được tệp.", "The file was read."),
    CheckId.STRUCTURE: Text("Tệp còn nguyên như lúc ký.", "The file is laid out exactly as it was signed."),
    CheckId.SIGNATURES: Text(
        "Các chữ ký số khớp với nội dung tệp.", "The signatures fit the content of the file."
    ),
    CheckId.ISSUER: Text(
        "Người ký và con dấu được đăng ký cho trường này vào lúc ký.",
        "The signer and the seal were registered for this school when they signed.",
    ),
    CheckId.CONTENT: Text(
        "Dữ liệu học bạ đúng như dữ liệu đã ghi sổ.", "The transcript data are the ones on record."
    ),
    CheckId.RECORDED: Text("Học bạ có trong sổ cấp công khai.", "The transcript is in the public record."),
    CheckId.STATUS: Text(
        "Chưa bị thu hồi và chưa có bản đính chính.", "It has been neither revoked nor corrected."
    ),
}

PASSED_PAPER: Final = {
    CheckId.READABLE: Text("Đã đọc được mã.", "The code was read."),
    CheckId.SIGNATURES: Text("Chữ ký trong mã QR đúng.", "The signature in the QR code is good."),
    CheckId.ISSUER: Text(
        "Khoá ký mã QR được đăng ký cho trường này.",
        "The key that signed the QR code is registered for this school.",
    ),
    CheckId.CONTENT: Text(
        "Điểm trong mã QR đúng như lúc cấp.", "The marks in the QR code are the ones that were issued."
    ),
    CheckId.RECORDED: Text("Mã có trong sổ cấp công khai.", "The serial is in the public record."),
    CheckId.STATUS: PASSED[CheckId.STATUS],
}
"""The same for a QR code or a serial."""

NOT_MADE: Final = Text(
    "Chưa kiểm được mục này vì mục trước đó không đạt.", "Not checked, because an earlier check did not pass."
)
NO_RECORD: Final = Text(
    "Không có sổ cấp để đối chiếu.", "There is no copy of the public record to compare with."
)
NO_ENTRY: Final = Text(
    "Chưa thấy trong sổ cấp, nên chưa biết tình trạng.",
    "Not found in the public record, so its status is not known.",
)
STALE_RECORD: Final = Text(
    "Bản sao sổ cấp đã cũ, nên chưa biết tình trạng hiện nay.",
    "The copy of the public record is too old to tell the current status.",
)
CONTINUED: Final = Text("Đã có bản thêm năm học mới.", "A later document adds a further school year.")
COMPROMISED_LATER: Final = Text(
    "Khoá ký này về sau bị lộ; học bạ này được ghi sổ trước đó nên vẫn có giá trị.",
    "The signing key was compromised later; this transcript was recorded before and remains good.",
)
STRANGE_HOST: Final = Text(
    "Địa chỉ trong mã QR không phải trang kiểm tra chính thức; chỉ tin kết quả ở trang này.",
    "The address in the QR code is not an official verification site; rely only on the answer here.",
)
NOT_THE_HOLDER: Final = Text(
    "Kết quả này không chứng minh người đưa học bạ là chủ của học bạ.",
    "This does not prove that whoever presents the transcript is its owner.",
)


def proven_by_itself(proven: CosignedCheckpoint) -> Text:
    """Say what the proof inside a file shows where no record at hand does: that it was recorded, and by when."""
    size, clock = proven.checkpoint.size, proven.clock_time
    if clock is None:
        return Text(
            f"Tệp tự chứng minh đã được ghi vào sổ cấp (sổ có {size} mục).",
            f"The file proves by itself that it was recorded (the record held {size} entries).",
        )
    time = f"{dt.datetime.fromtimestamp(clock, dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
    return Text(
        f"Tệp tự chứng minh đã được ghi vào sổ cấp, chậm nhất lúc {time} (sổ có {size} mục).",
        f"The file proves by itself that it was recorded, by {time} at the latest (the record held {size} entries).",
    )


def record_age(clock_time: int | None, now: dt.datetime) -> Text:
    """Say how old the copy of the record is that an answer rests on."""
    if clock_time is None:
        return Text(
            "Sổ cấp dùng để kiểm không ghi thời điểm.",
            "The record used here does not say what time it is of.",
        )
    seconds = max(0, int(now.timestamp()) - clock_time)
    number, vi, en = next(
        (seconds // unit, vi, en)
        for unit, least, vi, en in (
            (86400, 172800, "ngày", "days"),
            (3600, 7200, "giờ", "hours"),
            (60, 0, "phút", "minutes"),
        )
        if seconds >= least
    )
    time = f"{dt.datetime.fromtimestamp(clock_time, dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
    return Text(
        f"Sổ cấp dùng để kiểm là của lúc {time} ({number} {vi} trước).",
        f"The record used here is of {time} ({number} {en} ago).",
    )
