"""Fields of a map, taken one by one."""

from __future__ import annotations

import pytest

from schemas.errors import SchemaError
from schemas.record.fields import Fields, Reference, is_school_code


def test_what_is_not_a_map_is_refused() -> None:
    """An array has no fields."""
    with pytest.raises(SchemaError, match="entry-field-invalid"):
        Fields([], "entry")


def test_what_nobody_took_is_refused() -> None:
    """The lowest field that is left over is named."""
    fields = Fields({1: 1, 9: 9, 7: 7}, "entry")
    assert fields.unsigned(1) == 1
    with pytest.raises(SchemaError) as caught:
        fields.check_none_left()
    assert (caught.value.code, caught.value.path) == ("entry-field-unknown", "entry.7")


def test_a_field_is_taken_once() -> None:
    """A field taken twice is missing the second time."""
    fields = Fields({1: 1}, "entry")
    fields.unsigned(1)
    with pytest.raises(SchemaError, match="entry-field-missing"):
        fields.unsigned(1)
    fields.check_none_left()


@pytest.mark.parametrize(("size", "good"), [(0, False), (1, True), (4, True), (5, False)])
def test_text_is_measured_in_bytes(size: int, *, good: bool) -> None:
    """Text has at least one byte and at most as many as allowed; "đ" has two."""
    text = ("đđđ"[: size // 2] + "a" * (size % 2)) if size else ""
    fields = Fields({1: text}, "entry")
    if good:
        assert fields.text(1, most_bytes=4) == text
    else:
        with pytest.raises(SchemaError, match="entry-field-invalid"):
            fields.text(1, most_bytes=4)


def test_a_prefix_may_be_empty_where_allowed() -> None:
    """The empty prefix covers every school; an empty school code does not exist."""
    assert Fields({1: ""}, "entry").school(1, may_be_empty=True) == ""
    with pytest.raises(SchemaError, match="entry-field-invalid"):
        Fields({1: ""}, "entry").school(1)


def test_references() -> None:
    """An index means this log; eight bytes before it mean another."""
    assert Fields({1: 7}, "entry").reference(1) == Reference(7)
    assert Fields({1: [bytes(8), 7]}, "entry").reference(1) == Reference(7, bytes(8))


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("HN-0001", True),
        ("7", True),
        ("A" * 20, True),
        ("A" * 21, False),
        ("", False),
        ("A\n", False),
        ("Đ1", False),
        ("٣", False),
    ],
)
def test_school_codes(text: str, *, good: bool) -> None:
    """A school code is 1 to 20 digits, capitals and hyphens, not beginning with a hyphen."""
    assert is_school_code(text) is good
