"""School years as people type them, and what is said where data do not fit: never the data."""

from __future__ import annotations

import datetime as dt

import click
import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from schemas.transcript.parts import Person
from service.cli import main as hocba
from service.cli.command_table import CommandTable, Entry
from service.errors import ServiceError
from service.people.administering import parse_assignment
from service.school_years import check_begun, parse_school_year

NAME = "Nguyễn\u202eThị Bí Mật"


@pytest.mark.parametrize("written", ["abc", "", "2025", "2025-2027", "2025-2025", "2026-2025", "٢٠٢٥-٢٠٢٦"])
def test_what_is_no_school_year_is_refused(written: str) -> None:
    """By its code, wherever one is typed; a command says it before it opens anything."""
    with pytest.raises(ServiceError) as refused:
        parse_school_year(written)
    assert refused.value.code == "school-year-invalid"
    with pytest.raises(ServiceError):
        parse_assignment(f"{written}/6A/toan")
    for command in (["import", __file__], ["extract", "--student", "1"], ["classes", "list"]):
        said = CliRunner().invoke(hocba, [*command, "--data", "nowhere", "--year", written])
        assert (said.exit_code, "[school-year-invalid]" in said.output) == (2, True)


def test_a_school_year_begins_in_august() -> None:
    """Before that nothing of it can be imported; spaces around it are nobody's mistake."""
    assert parse_school_year(" 2026-2027 ") == "2026-2027"
    check_begun("2026-2027", dt.date(2026, 8, 1))
    with pytest.raises(ServiceError) as refused:
        check_begun("2026-2027", dt.date(2026, 7, 31))
    assert refused.value.code == "school-year-not-begun"


@click.command()
@click.option("--behind", is_flag=True)
def leaking(*, behind: bool) -> None:
    """Fail on data as a fault of ours would."""
    try:
        Person.model_validate({"name": NAME})
    except ValidationError as error:
        if behind:
            raise RuntimeError(NAME) from error
        raise


LEAKING = {"One": {"leaking": Entry(f"{__name__}:leaking", "Fail.")}}


class _Leaking(CommandTable):
    sections = LEAKING


@pytest.mark.parametrize("behind", [[], ["--behind"]])
def test_no_fault_shows_what_did_not_fit(behind: list[str]) -> None:
    """A model that refuses, itself or behind another error, is one line with a code and a place in the code."""
    said = CliRunner().invoke(_Leaking(), ["leaking", *behind])
    assert (said.exit_code, "[data-unexpected]" in said.output) == (1, True)
    assert "schemas" in said.output or "service" in said.output
    assert "Bí Mật" not in said.output


def test_models_of_people_hide_what_did_not_fit() -> None:
    """Not in the text of the error either, wherever it is written."""
    with pytest.raises(ValidationError) as refused:
        Person.model_validate({"name": NAME})
    assert "Bí Mật" not in str(refused.value)
