"""The words by which schools and their systems call columns, folded (docs/workbook.md).

Data, not logic: a title that a school writes and that is not here is asked about once and then remembered.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final

from schemas.transcript.traits import TRAITS, TRAITS_TT22_2016
from service.importing.primary_shape import GROUP_MEMBERS, GROUP_NAMES, trait_key
from service.importing.tables import fold

LEFT_OUT: Final = "-"
"""The key of a column that is known and not part of a transcript."""


class Role(StrEnum):
    """What a sheet is: the list of students, the marks of one subject, or the results of the year."""

    STUDENTS = "students"
    MARKS = "marks"
    RESULTS = "results"


_SPELLINGS: Final = (
    (re.compile(r"\bky\b"), "ki"),
    (re.compile(r"\bhoc ki\b"), "hk"),
    (re.compile(r"(?<=hk)ii\b|(?<=hk )ii\b|\bii\b"), "2"),
    (re.compile(r"(?<=hk)i\b|(?<=hk )i\b|\bi\b"), "1"),
    (re.compile(r"\bhk (?=[12]\b)"), "hk"),
    (re.compile(r"\bdtb ?m? ?(?=hk[12]?\b)"), "dtbm"),
    (re.compile(r"\bdtb ?m? ?cn\b|\btbm? ?cn\b"), "dtbmcn"),
    (re.compile(r"\btbm? ?(?=hk[12]?\b)"), "dtbm"),
    (re.compile(r"\bho ten\b"), "ho va ten"),
    (re.compile(r"\bcn\b"), "ca nam"),
    (re.compile(r"\b(?:ket qua|xep loai|muc danh gia|kq)\b ?(?=ren luyen|hoc tap|rl|ht)"), ""),
    (re.compile(r"\brl\b"), "ren luyen"),
    (re.compile(r"\bht\b(?= |$)"), "hoc tap"),
)


def plain(title: str) -> str:
    """Return a title folded, with one spelling for semester, year and average."""
    # A school's sheets have the same few titles; what is long is a remark, and not kept.
    return _remembered(title) if len(title) <= _TITLE else _plain(title)


def _plain(title: str) -> str:
    text = fold(title.replace("/", " ").replace("_", " ").replace("-", " "))
    for pattern, replacement in _SPELLINGS:
        text = pattern.sub(replacement, text)
    return " ".join(text.split())


_TITLE: Final = 60
_remembered: Final = lru_cache(maxsize=4096)(_plain)


_WHO: Final = {
    "number": ("stt", "tt", "so thu tu"),
    "student_code": (
        "ma hs",
        "ma hoc sinh",
        "ma dinh danh hoc sinh",
        "ma dinh danh bo gddt",
        "ma hs bo",
        "ma so hs",
    ),
    "full_name": (
        "ho va ten",
        "ho va ten hoc sinh",
        "ten hoc sinh",
        "hoc sinh",
        "ho va ten hs",
        "ho dem",
        "ten",
    ),
    "birth_date": ("ngay sinh", "ngay thang nam sinh", "sinh ngay"),
    "gender": ("gioi tinh", "gt", "nam nu"),
    "class_name": ("lop", "ten lop", "lop hoc"),
    LEFT_OUT: (
        "ghi chu",
        "so dien thoai",
        "dien thoai",
        "email",
        "trang thai",
        "ton giao",
        "quoc tich",
        "anh the",
    ),
}

_OLD_RESULTS: Final = {
    "average": ("dtb cac mon", "tb cac mon", "tbcm", "diem tb cac mon", "diem trung binh cac mon"),
    "old_learning": ("hoc luc", "xep loai hoc luc"),
    "old_conduct": ("hanh kiem", "xep loai hanh kiem"),
}
_OLD_TIMES: Final = {
    "1": ("hk1",),
    "2": ("hk2",),
    "_year": ("ca nam",),
    "_after": ("sau kiem tra lai", "kiem tra lai", "sau he", "ren luyen lai"),
}
"""What the results of a year had before TT 22/2021, and when."""

WORDS: Final[dict[Role, dict[str, tuple[str, ...]]]] = {
    Role.STUDENTS: _WHO
    | {
        "personal_id": (
            "so dinh danh ca nhan",
            "so dinh danh",
            "so cccd",
            "so cccd dinh danh",
            "so ddcn",
            "dinh danh ca nhan",
            "ma dinh danh ca nhan",
            "so cccd ddcn",
        ),
        "record_code": ("ma ho so hoc tap", "ma ho so hoc tap suot doi"),
        "register_number": ("so so dang bo", "so dang bo", "so dang bo hoc ba"),
        "birth_place": ("noi sinh", "noi sinh tinh"),
        "ethnicity": ("dan toc",),
        "policy_category": ("doi tuong chinh sach", "doi tuong", "dien chinh sach", "doi tuong uu tien"),
        "address": (
            "cho o",
            "cho o hien tai",
            "dia chi",
            "noi o hien tai",
            "cho o hien nay",
            "dia chi thuong tru",
            "ho khau",
        ),
        "father": ("ho va ten cha", "cha ho va ten", "ho va ten bo", "bo ho va ten", "ten cha", "cha"),
        "father_occupation": ("nghe nghiep cha", "cha nghe nghiep", "nghe nghiep bo", "bo nghe nghiep"),
        "mother": ("ho va ten me", "me ho va ten", "ten me", "me"),
        "mother_occupation": ("nghe nghiep me", "me nghe nghiep"),
        "guardian": ("ho va ten nguoi giam ho", "nguoi giam ho ho va ten", "nguoi giam ho", "ho va ten ngh"),
        "guardian_occupation": ("nghe nghiep nguoi giam ho", "nguoi giam ho nghe nghiep"),
        "nationality": ("quoc tich",),
        "home_town": ("que quan",),
    },
    Role.MARKS: _WHO
    | {
        "semester1": (
            "dtbmhk1",
            "hk1",
            "diem tb hk1",
            "hk1 dtbmhk",
            "hk1 tbm",
            "muc dat duoc hk1",
            "hk1 danh gia",
            "danh gia hk1",
        ),
        "semester2": (
            "dtbmhk2",
            "hk2",
            "diem tb hk2",
            "hk2 dtbmhk",
            "hk2 tbm",
            "muc dat duoc hk2",
            "hk2 danh gia",
            "danh gia hk2",
        ),
        "year": (
            "dtbmcn",
            "ca nam",
            "diem tb ca nam",
            "ca nam dtbmcn",
            "tb ca nam",
            "danh gia ca nam",
            "ca nam danh gia",
            "tong ket",
        ),
        "reassessed": (
            "sau danh gia lai",
            "danh gia lai",
            "diem danh gia lai",
            "ca nam danh gia lai",
            "kiem tra lai",
            "sau kiem tra lai",
            "diem muc sau danh gia lai",
        ),
        "remark": (
            "nhan xet",
            "nhan xet cua giao vien",
            "nhan xet cua gvbm",
            "loi nhan xet",
            "ca nam nhan xet",
            "nhan xet su tien bo",
        ),
        "remark_1": ("hk1 nhan xet", "nhan xet hk1"),
        "remark_2": ("hk2 nhan xet", "nhan xet hk2"),
        "teacher": ("giao vien", "giao vien bo mon", "gvbm", "giao vien day"),
        "level": ("muc dat duoc", "muc dat duoc ca nam"),
        "test": ("diem ktdk", "ktdk", "diem kiem tra dinh ki", "diem ktdk cuoi nam"),
    },
    Role.RESULTS: _WHO
    | {
        "conduct1": ("ren luyen hk1", "hk1 ren luyen"),
        "conduct2": ("ren luyen hk2", "hk2 ren luyen"),
        "conduct_year": ("ren luyen ca nam", "ca nam ren luyen"),
        "conduct_after": (
            "ren luyen sau he",
            "sau he ren luyen",
            "ren luyen sau ren luyen he",
            "sau danh gia lai ren luyen he ren luyen",
            "ren luyen lai ren luyen",
            "sau danh gia lai ren luyen",
        ),
        "learning1": ("hoc tap hk1", "hk1 hoc tap"),
        "learning2": ("hoc tap hk2", "hk2 hoc tap"),
        "learning_year": ("hoc tap ca nam", "ca nam hoc tap"),
        "learning_after": (
            "hoc tap sau danh gia lai",
            "sau danh gia lai hoc tap",
            "sau he hoc tap",
            "hoc tap sau he",
            "sau danh gia lai ren luyen he hoc tap",
            "ren luyen lai hoc tap",
        ),
        "absences": (
            "so buoi nghi",
            "tong so buoi nghi",
            "so buoi nghi hoc",
            "tong so buoi nghi hoc ca nam",
            "nghi hoc",
            "so buoi nghi ca nam",
            "tong so buoi nghi ca nam",
            "ngay nghi",
        ),
        "absences_excused": (
            "nghi co phep",
            "so buoi nghi co phep",
            "so buoi nghi phep",
            "ngay nghi co phep",
            "nghi hoc co phep",
        ),
        "absences_unexcused": (
            "nghi khong phep",
            "so buoi nghi khong phep",
            "ngay nghi khong phep",
            "nghi hoc khong phep",
        ),
        "promotion": (
            "ket qua cuoi nam",
            "len lop",
            "ket qua",
            "duoc len lop",
            "len lop khong len lop",
            "duoc len lop khong duoc len lop",
            "len lop luu ban",
            "len lop o lai lop",
            "ket qua nam hoc",
            "xet len lop",
            "thuoc dien",
        ),
        "certificates": ("chung chi", "cuoc thi", "chung chi cuoc thi"),
        "awards": ("khen thuong", "danh hieu", "danh hieu thi dua", "khen thuong danh hieu"),
        "homeroom_remark": (
            "nhan xet cua giao vien chu nhiem",
            "nhan xet cua gvcn",
            "nhan xet",
            "gvcn nhan xet",
            "nhan xet gvcn",
        ),
        "honour": ("danh hieu nam hoc", "danh hieu ca nam"),
        "height_cm": ("chieu cao", "chieu cao cm"),
        "weight_kg": ("can nang", "can nang kg"),
        "entered_on": ("ngay nhap hoc",),
        "result": ("danh gia ket qua giao duc", "danh gia kqgd", "ket qua giao duc"),
        "completion": ("hoan thanh chuong trinh", "hoan thanh chuong trinh lop hoc"),
    }
    | {trait_key(trait.code): (plain(trait.name),) for trait in (*TRAITS, *TRAITS_TT22_2016)}
    | {
        f"{GROUP_MEMBERS[group]}_remark": (f"nhan xet {plain(name)}", f"{plain(name)} nhan xet")
        for group, name in GROUP_NAMES.items()
    }
    | {
        f"{key}{when}": tuple(
            " ".join(pair) for name in names for said in times for pair in ((name, said), (said, name))
        )
        for key, names in _OLD_RESULTS.items()
        for when, times in _OLD_TIMES.items()
    },
}

GROUPS: Final = frozenset(
    {
        "thong tin hoc sinh",
        "thong tin ca nhan",
        "hoc sinh",
        "danh gia",
        "diem",
        "diem so",
        "diem trung binh",
        "ket qua",
        "tong ket",
        "ca nam",
        "thong tin",
        "trung binh mon",
        "pham chat",
        "nang luc",
        "nang luc chung",
        "nang luc dac thu",
    }
)
"""Titles of groups of columns that add nothing to the titles below them."""

# Marks within a semester: compared with the semester's average, and not kept in a transcript.
_PARTS: Final = (
    ("regular", re.compile(r"\b(?:ddgtx|ddg tx|dgtx|tx|thuong xuyen)\b|\b(?:ddgtx|tx)(?=\d)")),
    ("midterm", re.compile(r"\b(?:ddggk|ddg gk|dggk|gk|giua ki|giua hk)\b|\bddggk(?=\d)")),
    ("final", re.compile(r"\b(?:ddgck|ddg ck|dgck|ck|cuoi ki|cuoi hk)\b|\bddgck(?=\d)")),
)
_SEMESTER: Final = re.compile(r"hk ?([12])\b")
_INDEX: Final = re.compile(r"([1-9])$")


def part_key(path: str, semester: int | None) -> str | None:
    """Return the key of a mark within a semester ("regular_1_3", "midterm_2"), where the title path is of one."""
    named = _SEMESTER.search(path)
    which = int(named[1]) if named else semester
    if which is None:
        return None
    for kind, pattern in _PARTS:
        if pattern.search(path):
            index = _INDEX.search(path)
            if kind == "regular":
                return f"regular_{which}_{index[1] if index else 1}"
            return f"{kind}_{which}"
    return None
