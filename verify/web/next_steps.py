"""What each of the twelve verdicts looks like, and what whoever reads it should do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas.errors import Text
from schemas.verdict import Verdict, VerdictCode

TONES: Final[Mapping[VerdictCode, str]] = {
    VerdictCode.VALID: "good",
    VerdictCode.SUPERSEDED: "warn",
    VerdictCode.UNTRUSTED_ISSUER: "warn",
    VerdictCode.REVOKED: "bad",
    VerdictCode.ALTERED: "bad",
    VerdictCode.UNRECORDED: "bad",
}
"""Icon and colour; every other verdict is neutral: what is unknown is never green, and our outage is nobody's fault."""

NEXT_STEPS: Final[Mapping[VerdictCode, tuple[Text, ...]]] = {
    VerdictCode.VALID: (
        Text(
            "Tệp này có đúng nội dung đã ký, như nhà trường đã cấp; dùng được mà không cần bản giấy có dấu.",
            "This file has exactly the content that was signed, as the school issued it; no stamped paper is needed.",
        ),
        Text(
            "Nếu có cả tờ giấy, hãy so tờ giấy với nội dung đã ký ở dưới.",
            "If you have a paper as well, compare it with the signed content below.",
        ),
    ),
    VerdictCode.RECORDED: (
        Text(
            "Mã là thật, nhưng tờ giấy có thể bị sửa hoặc mang mã của học bạ khác: hãy so họ tên, ngày sinh và từng "
            "điểm với nội dung đã ký ở dưới.",
            "The code is real, but the paper may be edited or carry another transcript's code: compare name, birth "
            "date and every mark with the signed content below.",
        ),
        Text(
            "Khác tên, hay khác dù chỉ một điểm, thì không dùng tờ giấy đó; hãy xin tệp PDF gốc.",
            "If the name or even one mark differs, do not use the paper; ask for the original PDF.",
        ),
    ),
    VerdictCode.SUPERSEDED: (
        Text(
            "Đừng dùng bản này: hãy xin học sinh hoặc nhà trường bản đính chính mới nhất.",
            "Do not use this version: ask the student or the school for the latest corrected one.",
        ),
        Text(
            "Bản này từng là thật; có bản đính chính không có nghĩa là ai đó gian dối.",
            "It was genuine once; a correction does not mean that anybody cheated.",
        ),
    ),
    VerdictCode.REVOKED: (
        Text(
            "Không dùng học bạ này, dù là tệp hay tờ giấy.",
            "Do not use this transcript, neither the file nor the paper.",
        ),
        Text(
            "Hãy hỏi nhà trường ghi ở dưới về lý do và bản thay thế.",
            "Ask the school named below for the reason and for a replacement.",
        ),
    ),
    VerdictCode.ALTERED: (
        Text(
            "Không dùng bản này. Vì không biết phần nào đã đổi, trang này không hiện nội dung nào của nó.",
            "Do not use it. Nobody can tell which part was changed, so nothing of its content is shown here.",
        ),
        Text(
            "Hãy xin lại tệp gốc: in ra PDF, quét, nén hay lưu lại bằng phần mềm khác đều làm hỏng chữ ký.",
            "Ask for the original file: printing to PDF, scanning, compressing or saving it anew breaks signatures.",
        ),
    ),
    VerdictCode.UNTRUSTED_ISSUER: (
        Text(
            "Tệp tự ghi nơi cấp, nhưng chưa có đăng ký nào xác nhận người ký thuộc trường đó.",
            "The file names an issuer, but no registration confirms that its signer belongs to that school.",
        ),
        Text(
            "Đây chưa phải là kết luận giả mạo: hãy hỏi trường hoặc Sở Giáo dục và Đào tạo.",
            "That is no finding of forgery: ask the school, or the education authority.",
        ),
    ),
    VerdictCode.UNRECORDED: (
        Text(
            "Bản này có chữ ký nhưng không có trong sổ cấp: nhà trường chưa từng cấp nó.",
            "It is signed, but the public record does not hold it: the school never issued it.",
        ),
        Text(
            "Hãy xin bản đã cấp chính thức, hoặc hỏi nhà trường.",
            "Ask for the version that was issued, or ask the school.",
        ),
    ),
    VerdictCode.UNCONFIRMED: (
        Text(
            "Hãy thử lại sau ít phút: có mục dưới đây chưa kiểm được.",
            "Try again in a few minutes: some of the checks below could not be made.",
        ),
        Text(
            "Đây không phải là lời nói học bạ sai; chỉ là chưa đủ căn cứ để nói đúng.",
            "This does not say that anything is wrong; there is only not enough to say that it is right.",
        ),
    ),
    VerdictCode.NOT_FOUND: (
        Text(
            "Hãy so lại từng ký tự với mã in dưới mã QR rồi gõ lại.",
            "Compare every symbol with the serial below the QR code, and type it again.",
        ),
        Text(
            "Nếu mã đúng mà vẫn không thấy, hãy hỏi nhà trường ghi trên học bạ.",
            "If it is right and still not found, ask the school that the transcript names.",
        ),
    ),
    VerdictCode.NOT_A_TRANSCRIPT: (
        Text(
            "Hãy chọn tệp PDF học bạ mà nhà trường đã gửi; bản quét hay bản chụp của tờ giấy không có chữ ký số.",
            "Choose the transcript PDF that the school sent; a scan of a paper carries no digital signature.",
        ),
        Text(
            "Chỉ có tờ giấy? Hãy chụp rõ mã QR trên đó rồi tải ảnh lên, hoặc gõ mã học bạ.",
            "Only a paper? Send a sharp photo of its QR code, or type its serial.",
        ),
    ),
    VerdictCode.UNREADABLE: (
        Text(
            "Hãy tải lại tệp gốc, chụp lại ảnh cho rõ, hoặc gõ lại mã, rồi thử lại.",
            "Fetch the original file again, take a sharper photo, or type the code again, and retry.",
        ),
    ),
    VerdictCode.SERVICE_ERROR: (
        Text(
            "Lỗi ở phía chúng tôi, không phải ở học bạ. Hãy thử lại sau ít phút.",
            "The fault is ours, not the transcript's. Try again in a few minutes.",
        ),
    ),
}

_RECORDED_SERIAL: Final = (
    Text(
        "Chỉ riêng mã thì không biết điểm: hãy quét mã QR, hoặc tải lên ảnh mã QR hay tệp PDF, rồi so từng điểm.",
        "A serial alone tells no marks: scan the QR code, or send its photo or the PDF, and compare every mark.",
    ),
    Text(
        "Khác dù chỉ một điểm thì không dùng tờ giấy đó.", "If even one mark differs, do not use the paper."
    ),
)


def tone(code: VerdictCode) -> str:
    """Return the name of a verdict's icon and colour."""
    return TONES.get(code, "neutral")


def next_steps(verdict: Verdict) -> tuple[Text, ...]:
    """Return what to do about a verdict, one action a sentence."""
    if verdict.verdict is VerdictCode.RECORDED and verdict.document is None:
        return _RECORDED_SERIAL
    return NEXT_STEPS[verdict.verdict]
