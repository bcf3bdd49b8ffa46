"""The words of notices to families, in Vietnamese and English. No name, no mark: a mailbox is read by others too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from schemas.errors import Text
from service.storage.family_records import NoticeKind


@dataclass(frozen=True, slots=True)
class NoticeWords:
    """The words of one kind of notice; `{school}`, `{serial}`, `{when}` and `{portal}` are filled in."""

    subject: Text
    body: Text


_CHECK = Text(
    "Kiểm tra tại {portal} bằng mã học bạ {serial}.\n\n"
    "Nếu gia đình không biết vì sao có việc này, hãy hỏi nhà trường. Thư này gửi tự động; thư không bao giờ hỏi mã PIN "
    "hay mật khẩu.",
    "Check it at {portal} by the serial {serial}.\n\n"
    "If the family does not know why this happened, please ask the school. This message was sent automatically; none "
    "ever asks for a PIN or a password.",
)


def _words(subject: Text, what: Text) -> NoticeWords:
    return NoticeWords(subject, Text(f"{what.vi}\n\n{_CHECK.vi}", f"{what.en}\n\n{_CHECK.en}"))


WORDS: Final[Mapping[NoticeKind, NoticeWords]] = {
    NoticeKind.RELEASED: _words(
        Text("Học bạ đã được cấp", "A transcript was issued"),
        Text(
            "{school} đã cấp một học bạ số của con em gia đình.\nMã học bạ: {serial}\nLúc: {when}",
            "{school} has issued a digital transcript of your child.\nSerial: {serial}\nAt: {when}",
        ),
    ),
    NoticeKind.EXTRACT: _words(
        Text("Trích lục học bạ đã được cấp", "An extract of a transcript was issued"),
        Text(
            "{school} đã cấp một trích lục hoặc bản tóm tắt từ học bạ số của con em gia đình.\n"
            "Mã văn bản: {serial}\nLúc: {when}",
            "{school} has issued an extract or a summary of your child's digital transcript.\n"
            "Serial: {serial}\nAt: {when}",
        ),
    ),
    NoticeKind.CORRECTED: _words(
        Text("Học bạ đã được đính chính", "A transcript was corrected"),
        Text(
            "{school} đã thay học bạ số dưới đây bằng một bản đính chính; bản cũ và các trích lục từ nó không còn "
            "hiệu lực.\nMã học bạ cũ: {serial}\nLúc: {when}",
            "{school} has replaced the digital transcript below by a corrected version; the old one and what was "
            "extracted from it are no longer in force.\nSerial of the old one: {serial}\nAt: {when}",
        ),
    ),
    NoticeKind.REVOKED: _words(
        Text("Học bạ đã bị thu hồi", "A transcript was revoked"),
        Text(
            "{school} đã thu hồi văn bản dưới đây; nó và các trích lục từ nó không còn hiệu lực.\n"
            "Mã học bạ: {serial}\nLúc: {when}",
            "{school} has revoked the document below; it and what was extracted from it are no longer in force.\n"
            "Serial: {serial}\nAt: {when}",
        ),
    ),
    NoticeKind.CONTACT: NoticeWords(
        Text("Địa chỉ nhận thông báo đã đổi", "The address for notices was changed"),
        Text(
            "{school} đã đổi hoặc xoá địa chỉ nhận thông báo của gia đình. Từ nay thông báo không gửi đến địa chỉ này "
            "nữa.\nLúc: {when}\n\nNếu gia đình không yêu cầu việc này, hãy hỏi ngay nhà trường.",
            "{school} has changed or deleted the family's address for notices. From now on none are sent to this "
            "address.\nAt: {when}\n\nIf the family did not ask for that, please ask the school at once.",
        ),
    ),
}
