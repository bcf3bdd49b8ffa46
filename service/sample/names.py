"""Invented names: every letter of the Vietnamese alphabet, long ones, and names as minorities write them."""

from __future__ import annotations

from dataclasses import dataclass

from service.sample.draws import Draws

_FAMILY = (
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Huỳnh",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
    "Đào",
    "Đinh",
    "Trịnh",
    "Mai",
    "Tạ",
    "Tống",
    "Quách",
    "Thái",
    "Lưu",
    "Kiều",
    "Ông",
    "Ưng",
    "Ấu",
)
_MIDDLE_BOYS = (
    "Văn",
    "Đức",
    "Gia",
    "Quốc",
    "Hữu",
    "Minh",
    "Thành",
    "Xuân",
    "Nhật",
    "Đăng",
    "Hồng",
    "Công",
    "Trọng",
    "Tuấn",
    "Việt",
)
_MIDDLE_GIRLS = (
    "Thị",
    "Ngọc",
    "Khánh",
    "Thanh",
    "Bảo",
    "Phương",
    "Thuỳ",
    "Diễm",
    "Mỹ",
    "Quỳnh",
    "Kiều",
    "Như",
    "Cẩm",
    "Thị Ngọc",
)
_BOYS = (
    "Anh",
    "Bảo",
    "Dũng",
    "Đạt",
    "Huy",
    "Khang",
    "Long",
    "Minh",
    "Nam",
    "Phúc",
    "Sơn",
    "Việt",
    "Hiếu",
    "Nghĩa",
    "Quý",
    "Toàn",
    "Trường",
    "Vĩ",
    "Kiệt",
    "Lộc",
    "Thắng",
    "Ngỡi",
    "Sĩ",
    "Hưởng",
    "Cừ",
    "Đệ",
    "Độ",
    "Tường",
    "Vương",
    "Hợp",
)
_GIRLS = (
    "An",
    "Chi",
    "Diệp",
    "Giang",
    "Hà",
    "Linh",
    "Mai",
    "Ngân",
    "Nhi",
    "Thảo",
    "Trang",
    "Yến",
    "Hằng",
    "Hường",
    "Nguyệt",
    "Thuý",
    "Vẻ",
    "Thêu",
    "Mỹ",
    "Ý",
    "Uyển",
    "Mận",
    "Mẫn",
    "Nữ",
    "Thơ",
    "Lụa",
    "Sương",
    "Đào",
    "Thuỷ",
    "Bé",
)
# Between them, these have every letter of the alphabet with every tone; the first students of a school are called so.
_EVERY_LETTER = (
    ("Nguyễn Thị Thu Hằng", True),
    ("Trần Đức Thẳng", False),
    ("Lê Văn Mẵn", False),
    ("Bế Thị Lặng", True),
    ("Phạm Quốc Thắng", False),
    ("Cầm Thị Cẩm Vân", True),
    ("Lường Văn Luận", False),
    ("Âu Dương Minh Tuấn", False),
    ("Đàm Thị Nhã Ân", True),
    ("Vũ Thảo Vẻ", True),
    ("Lò Thị Lẽ", True),
    ("Quàng Văn Dẹn", False),
    ("Sìn Phè Pao", False),
    ("Hồ Thị Bé", True),
    ("Kiều Diễm Lệ", True),
    ("Hà Quang Thể", False),
    ("Lê Thị Quế Chi", True),
    ("Đỗ Bình Chỉnh", False),
    ("Ông Sĩ Trí", False),
    ("Võ Ngọc Nhỏ", True),
    ("Pờ Mò Xó", True),
    ("Ngô Hồng Bổn", False),
    ("Đới Văn Lộc", False),
    ("Phan Trường Hưởng", False),
    ("Trịnh Văn Ngỡi", False),
    ("Lưu Đình Lợi", False),
    ("Bùi Xuân Tùng", False),
    ("Tạ Quang Phủ", False),
    ("Đinh Phụng Tú", True),
    ("Từ Công Cừ", False),
    ("Sử Thị Nữ", True),
    ("Trương Tự Lực", False),
    ("Mai Quỳnh Như Ý", True),
    ("Khổng Mỹ Thuỷ", True),
    ("Đặng Thuỵ Khánh Hạnh", True),
)


@dataclass(frozen=True, slots=True)
class _People:
    """How names are made among a people: ethnicity, names of boys and of girls."""

    ethnicity: str
    boys: tuple[str, ...]
    girls: tuple[str, ...]


_MINORITIES = (
    _People(
        "Mông",
        ("Giàng A Páo", "Sùng A Tủa", "Vàng Mí Sính", "Thào A Chỉnh"),
        ("Giàng Thị Mỷ", "Vàng Thị Xúa", "Sùng Thị Dợ"),
    ),
    _People(
        "Ê Đê", ("Y Moan Ênuôl", "Y Thuyên Niê", "Y Bhăm Kbuôr"), ("H’Hen Niê", "H’Zina Byă", "H’Linh Mlô")
    ),
    _People(
        "Thái", ("Lò Văn Pánh", "Cầm Bá Thước", "Quàng Văn Ẻn"), ("Cà Thị Ương", "Lường Thị Ỏn", "Lò Thị Ín")
    ),
    _People("Tày", ("Nông Đức Tuyên", "Hoàng Văn Hoan"), ("Bế Thị Băng", "Nông Thị Ẩm")),
    _People("Khmer", ("Thạch Sô Phia", "Sơn Sâm Bô", "Kim Rươne"), ("Thạch Thị Sa Ri", "Danh Thị Nê Pao")),
    _People("Chăm", ("Đàng Năng Thọ", "Inrasara Phú"), ("Thị Ánh Dương Đàng", "Mariyah Chế")),
    _People("Cơ Ho", ("K’Brìu", "K’Brẹo"), ("Ka Dềng", "Ka Nhẽo")),
    _People("Dao", ("Triệu Tài Phấu", "Bàn Văn Đẩu"), ("Chảo Mùi Pham", "Lý Mẩy Chạn")),
    _People("Hà Nhì", ("Ly Phà Xá", "Chu Xé Lù"), ("Pờ Mò Xó", "Vù Gố Xú")),
)
_LONGEST = "Công Tằng Tôn Nữ Hoàng Thuỵ Thiên Phương"


@dataclass(frozen=True, slots=True)
class Named:
    """A name with what goes with it."""

    full_name: str
    is_girl: bool
    ethnicity: str


def student_name(draws: Draws, number: int) -> Named:
    """Return the name of student `number` (from 1): letters first, then one long name, then a mixture of peoples."""
    is_girl = draws.chance(50, "girl", number)
    if number <= len(_EVERY_LETTER):
        name, is_girl = _EVERY_LETTER[number - 1]
        return Named(name, is_girl, "Kinh")
    if number == len(_EVERY_LETTER) + 1:
        return Named(_LONGEST, is_girl=True, ethnicity="Kinh")
    if draws.chance(15, "minority", number):
        people = draws.one_of(_MINORITIES, "people", number)
        name = draws.one_of(people.girls if is_girl else people.boys, "given", number)
        return Named(name, is_girl, people.ethnicity)
    return Named(
        _plain(draws, is_girl, "student", number),
        is_girl,
        draws.one_of(("Kinh",) * 9 + ("Mường",), "eth", number),
    )


def adult_name(draws: Draws, *purpose: object) -> str:
    """Return the name of a parent or a teacher."""
    return _plain(draws, draws.chance(50, "woman", *purpose), *purpose)


def parent_name(draws: Draws, *purpose: object, is_woman: bool) -> str:
    """Return the name of a mother or a father."""
    return _plain(draws, is_woman, *purpose)


def _plain(draws: Draws, is_girl: bool, *purpose: object) -> str:  # noqa: FBT001 - private, and named by its callers
    middle, given = (_MIDDLE_GIRLS, _GIRLS) if is_girl else (_MIDDLE_BOYS, _BOYS)
    return " ".join(
        (
            draws.one_of(_FAMILY, "family", *purpose),
            draws.one_of(middle, "middle", *purpose),
            draws.one_of(given, "given", *purpose),
        )
    )
