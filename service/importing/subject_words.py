"""The words by which schools and their systems call subjects, folded (docs/workbook.md). Data, not logic."""

from __future__ import annotations

from typing import Final

SUBJECT_WORDS: Final = {
    "ngu-van": ("ngu van", "van"),
    "toan": ("toan", "toan hoc"),
    "ngoai-ngu-1": (
        "ngoai ngu 1",
        "ngoai ngu",
        "tieng anh",
        "anh van",
        "tieng phap",
        "tieng trung quoc",
        "tieng nhat",
    ),
    "gdcd": ("giao duc cong dan", "gdcd"),
    "lich-su-dia-li": (
        "lich su va dia li",
        "lich su va dia ly",
        "ls dl",
        "ls va dl",
        "lsdl",
        "lich su dia li",
    ),
    "khtn": ("khoa hoc tu nhien", "khtn"),
    "cong-nghe": ("cong nghe", "cn"),
    "tin-hoc": ("tin hoc", "tin"),
    "gdtc": ("giao duc the chat", "gdtc", "the duc"),
    "nghe-thuat": ("nghe thuat",),
    "gd-dia-phuong": (
        "noi dung giao duc cua dia phuong",
        "giao duc dia phuong",
        "gddp",
        "gd dia phuong",
        "noi dung gddp",
    ),
    "hdtn-hn": (
        "hoat dong trai nghiem huong nghiep",
        "hd trai nghiem huong nghiep",
        "hdtn hn",
        "hdtnhn",
        "hdtn",
        "hd tnhn",
    ),
    "ngoai-ngu-2": ("ngoai ngu 2",),
    "tieng-dtts": ("tieng dan toc thieu so", "tieng dtts", "tieng dan toc"),
    "lich-su": ("lich su", "su"),
    "dia-li": ("dia li", "dia ly", "dia"),
    "gdqp-an": ("giao duc quoc phong va an ninh", "gdqp an", "gdqp", "gdqpan", "quoc phong"),
    "gdktpl": ("giao duc kinh te va phap luat", "gdkt pl", "gdktpl", "kinh te va phap luat"),
    "vat-li": ("vat li", "vat ly", "li", "ly"),
    "hoa-hoc": ("hoa hoc", "hoa"),
    "sinh-hoc": ("sinh hoc", "sinh"),
    "am-nhac": ("am nhac",),
    "mi-thuat": ("mi thuat", "my thuat"),
    "tieng-viet": ("tieng viet",),
    "dao-duc": ("dao duc",),
    "tn-xh": ("tu nhien va xa hoi", "tnxh", "tn xh"),
    "khoa-hoc": ("khoa hoc",),
    "tin-hoc-th": ("tin hoc va cong nghe tin hoc",),
    "cong-nghe-th": ("tin hoc va cong nghe cong nghe",),
    "am-nhac-th": ("nghe thuat am nhac",),
    "mi-thuat-th": ("nghe thuat mi thuat", "nghe thuat my thuat"),
    "hdtn": ("hoat dong trai nghiem", "hd trai nghiem"),
    "thu-cong": ("thu cong",),
    "ki-thuat": ("ki thuat", "ky thuat"),
}
"""What teachers call a subject, beside its printed name; which subjects a grade has is told by the schemas."""

CALLED_THEN: Final = {"thu-cong": "Thủ công", "ki-thuat": "Kĩ thuật"}
"""Subjects of old years whose successors are called otherwise."""

IN_PRIMARY: Final = {
    "tin-hoc": "tin-hoc-th",
    "cong-nghe": "cong-nghe-th",
    "am-nhac": "am-nhac-th",
    "mi-thuat": "mi-thuat-th",
    "hdtn-hn": "hdtn",
}
"""What a subject of this short name is in primary school."""

LANGUAGES: Final = {
    "tieng anh": "Tiếng Anh",
    "anh van": "Tiếng Anh",
    "tieng phap": "Tiếng Pháp",
    "tieng trung quoc": "Tiếng Trung Quốc",
    "tieng nhat": "Tiếng Nhật",
}
"""A foreign language that stands in place of "Ngoại ngữ 1": printed in brackets behind it."""
