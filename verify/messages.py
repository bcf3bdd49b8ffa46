"""The sentences of passed checks and of notes, in both languages.

What a check says when it does not pass stands with the check.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Final

from schemas.errors import Text
from schemas.profiles import DocumentForm
from schemas.record.checkpoint import CosignedCheckpoint
from schemas.verdict import CheckId, Sentence
from schemas.vietnam_time import VIETNAM

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
CLOCK_BEHIND: Final = Text(
    "Đồng hồ của máy đang kiểm chậm hơn sổ cấp; hãy chỉnh lại giờ rồi kiểm tra lại.",
    "The clock of the machine that checks is behind the public record; set it right and check again.",
)
NO_KEY: Final = Text(
    "Chưa có khoá để kiểm chữ ký của mã QR.", "The key to check the QR code with is not at hand."
)
SERIAL_DIFFERS: Final = Text(
    "Mã học bạ trong địa chỉ khác với mã đã ký.", "The serial in the address is not the one that was signed."
)
KEY_NOT_REGISTERED: Final = Text(
    "Khoá ký mã QR không được đăng ký cho trường này.",
    "The key that signed the QR code is not registered for this school.",
)
CONTENT_NOT_OPENED: Final = Text(
    "Lần kiểm tra này không mở nội dung của tệp, nên không hiện họ tên và điểm.",
    "This check did not open the content of the file, so neither name nor marks are shown.",
)
CONTENT_LATER: Final = Text(
    "Chưa so được dữ liệu trong tệp vì nơi kiểm tra đang bận; hãy kiểm tra lại sau ít giây.",
    "The data in the file could not be compared, since the verifier is busy; check again in a few seconds.",
)
NO_SUCH_SERIAL: Final = Text("Không có mã này trong sổ cấp.", "The public record holds no such serial.")
OTHER_CLAIMS: Final = Text(
    "Nội dung mã QR không phải nội dung đã ghi sổ cho mã học bạ này.",
    "The content of the QR code is not what is on record for this serial.",
)
ROLE_MISSING: Final = Text(
    "Thiếu một chữ ký bắt buộc: học bạ đã cấp có đủ chữ ký của người ký và con dấu của trường.",
    "A required signature is missing: an issued transcript has those of its signers and the school's seal.",
)
NOT_THE_WHOLE: Final = {
    DocumentForm.EXTRACT: Text(
        "Đây là trích lục của một năm học, không phải toàn bộ học bạ và không thay cho học bạ.",
        "This is an extract of one school year; it is not the whole transcript and does not stand in its place.",
    ),
    DocumentForm.TRANSFER_SUMMARY: Text(
        "Đây là bản tóm tắt kết quả học tập để chuyển trường, không phải học bạ và không thay cho học bạ.",
        "This is a summary of results for a transfer; it is not the transcript and does not stand in its place.",
    ),
}
NO_PACK: Final = Text(
    "Chưa có gói ngoại tuyến của trường này. Hãy tải gói, hoặc kiểm tra lại khi có mạng.",
    "There is no offline pack of this school here. Get the pack, or check again when online.",
)
STALE_PACK: Final = Text(
    "Gói ngoại tuyến đã cũ, nên chưa biết tình trạng hiện nay. Hãy kiểm tra lại khi có mạng.",
    "The offline pack is too old to tell the current status. Check again when online.",
)
AFTER_PACK: Final = Text(
    "Mã QR này được cấp sau khi có gói ngoại tuyến. Hãy kiểm tra lại khi có mạng.",
    "The QR code was issued after the offline pack was made. Check again when online.",
)
BY_PACK: Final = Text(
    "Kết quả này chỉ dựa trên gói ngoại tuyến; hãy kiểm tra lại khi có mạng.",
    "This answer rests on the offline pack alone; check again when online.",
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
_UNITS: Final = (
    (86400, 172800, "ngày", "days"),
    (3600, 7200, "giờ", "hours"),
    (60, 0, "phút", "minutes"),
)
"""Seconds of a unit, and from how many on it is used."""
_JUST_NOW: Final = 120
_MINUTE: Final = 60
COMPARE: Final = Text(
    "Mã QR chỉ bảo đảm cho nội dung nằm trong mã, không bảo đảm cho tờ giấy: mã thật có thể bị in lên tờ giấy khác. "
    "Hãy so họ tên, ngày sinh và từng điểm.",
    "The code vouches for what it holds, not for the paper: a genuine code can be printed on another one. Compare "
    "name, birth date and every mark.",
)
TWO_CODES: Final = Text(
    "Ảnh có hai mã QR học bạ khác nhau nên không biết phải kiểm mã nào. Hãy chụp từng mã một, rồi so họ tên và điểm "
    "với chính tờ giấy mang mã đó.",
    "The photo shows two different QR codes of transcripts, and nobody can tell which is meant. Take them one at a "
    "time, and compare name and marks with the very paper that bears the code.",
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
    time = _here(clock)
    return Text(
        f"Tệp tự chứng minh đã được ghi vào sổ cấp, chậm nhất lúc {time} (sổ có {size} mục).",
        f"The file proves by itself that it was recorded, by {time} in Vietnam at the latest (the record held {size} "
        "entries).",
    )


def sealed_long_before(time: dt.datetime) -> Text:
    """Say that the seal's time stamp is more than a day older than the entry: the service seals anew rather."""
    at = _here(int(time.timestamp()))
    return Text(
        f"Con dấu được đóng lúc {at}, hơn 24 giờ trước khi học bạ được ghi sổ.",
        f"The seal was made at {at} in Vietnam, more than 24 hours before the transcript was recorded.",
    )


def proven_by_time_stamp(time: dt.datetime, authority: str) -> Text:
    """Say by whose word the signatures are older than the end of the signers' certificates."""
    at = _here(int(time.timestamp()))
    return Text(
        f"Chứng thư của người ký nay đã hết hạn; dấu thời gian lúc {at} của {authority} cho thấy học bạ đã được ghi sổ "
        "trước đó.",
        f"A signer's certificate has ended since; the time stamp of {at} in Vietnam by {authority} shows that the "
        "transcript had been recorded before.",
    )


_RECORD_USED: Final = Text("Sổ cấp dùng để kiểm", "The record used here")


def record_age(clock_time: int | None, now: dt.datetime) -> Text:
    """Say how old the copy of the record is that an answer rests on."""
    if clock_time is None:
        return Text(
            f"{_RECORD_USED.vi} không ghi thời điểm.",
            f"{_RECORD_USED.en} does not say what time it is of.",
        )
    seconds = max(0, int(now.timestamp()) - clock_time)
    return _aged(clock_time, seconds // _MINUTE)


def is_record_age(note: Sentence) -> bool:
    """Say whether a note is the one on the age of the record, which every answer has."""
    return note.vi.startswith(_RECORD_USED.vi)


# The age is of each answer; only the sentence of one minute is made once.
@lru_cache(maxsize=64)
def _aged(clock_time: int, minutes: int) -> Text:
    seconds = minutes * _MINUTE
    vi, en = next(
        (f"{seconds // unit} {vi} trước", f"{seconds // unit} {en} ago")
        for unit, least, vi, en in _UNITS
        if seconds >= least
    )
    if seconds < _JUST_NOW:
        vi, en = "vừa xong", "just now"
    time = _here(clock_time)
    return Text(
        f"{_RECORD_USED.vi} là của lúc {time} ({vi}).",
        f"{_RECORD_USED.en} is of {time} in Vietnam ({en}).",
    )


def _here(seconds: int) -> str:
    return f"{dt.datetime.fromtimestamp(seconds, VIETNAM):%d/%m/%Y %H:%M:%S}"
