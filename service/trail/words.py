"""The trail in the words of people, and in cells of a table that somebody opens in a spreadsheet."""

from __future__ import annotations

from typing import Final

from schemas.change_trail import Act
from schemas.errors import Text
from service.importing.preview import label_of

ACT_WORDS: Final = {
    Act.CARRIED: Text("có từ trước khi có vết", "there before there was a trail"),
    Act.IMPORT: Text("nhập", "import"),
    Act.UNDO: Text("hoàn tác lần nhập", "undo of an import"),
    Act.TAKEOVER: Text("tiếp nhận từ trường khác", "taken over from another school"),
    Act.MANUAL: Text("sửa tay", "changed by hand"),
    Act.DECISION: Text("quyết định giữ", "decided to keep"),
    Act.CORRECTION: Text("đính chính", "correction"),
    Act.TAKEN_BACK: Text(
        "lấy lại học bạ đã ký, chưa phát hành", "took back the signed transcript before its release"
    ),
    Act.RELEASED_EARLY: Text("phát hành trước giờ", "released before its time"),
    Act.ERASURE: Text("xoá nội dung theo luật", "words erased by law"),
    Act.RESTORED: Text("khôi phục từ bản sao lưu, mất phần cuối", "restored from a backup, the end was lost"),
}


def label_of_field(path: str) -> str:
    """Return what a field of the trail is called: `year.subjects.toan.semester1` → Toán: ĐTBmhkI."""
    if path.startswith("decision."):
        return f"Giữ giá trị đã ghi / kept: {path.removeprefix('decision.')}"
    return label_of(path)
