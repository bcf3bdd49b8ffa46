"""How far classes are, what a school is, and tokens, by command; a dry run judges and stores nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service.demo import SCHOOL_YEAR
from service.errors import ServiceError
from service.importing.formats import SourceFile
from service.sample import sample_class
from tests.support.commands import run
from tests.support.demonstration import SCHOOL, Demonstration


def said(*arguments: str | Path) -> list[dict[str, Any]]:
    """Return what a command prints as JSON."""
    return [json.loads(line) for line in run("hocba", *arguments, "--json", check=True).stdout.splitlines()]


def test_classes_say_how_far_they_are(demonstration: Demonstration) -> None:
    """One that is issued and one that is only imported, with counts, subjects and serials."""
    workbook = sample_class(2, class_name="6B", first_student=101)
    demonstration.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False)
    where = ("--data", demonstration.data, "--year", SCHOOL_YEAR)
    counts = ("imported", "confirmed", "approved", "issued")
    listed = {one["class"]: [one[name] for name in counts] for one in said("classes", "list", *where)}
    assert listed == {"6A": [3, 3, 3, 3], "6B": [2, 0, 0, 0]}
    (issued,), (waiting,) = (said("classes", "show", name, *where) for name in ("6A", "6B"))
    assert (len(issued["serials"]), issued["missing"]) == (3, {})
    assert (waiting["serials"], set(waiting["missing"].values())) == ([], {2})
    refused = run("hocba", "classes", "show", "9Z", *where)
    assert (refused.returncode, "[class-unknown]" in refused.stderr) == (1, True)


def test_a_school_is_shown(demonstration: Demonstration) -> None:
    """Its years and classes, how many people and tokens; an unknown code is refused."""
    (shown,) = said("schools", "show", SCHOOL, "--data", demonstration.data)
    assert (shown["code"], shown["school_years"], shown["tokens"]) == (SCHOOL, [SCHOOL_YEAR], 2)
    refused = run("hocba", "schools", "show", "NOWHERE", "--data", demonstration.data)
    assert (refused.returncode, "[school-unknown]" in refused.stderr) == (1, True)


def test_a_token_is_given_out_listed_and_taken_back(demonstration: Demonstration, tmp_path: Path) -> None:
    """For its scopes and days, never without any; the list shows them and no secret; afterwards it opens nothing."""
    data, out = demonstration.data, tmp_path / "token"
    add = ("token", "add", "--data", data, "--holder", "Phần mềm", "--out", out)
    assert run("hocba", *add).returncode == 2
    run("hocba", *add, "--scope", "revoke", "--scope", "read", "--days", "7", check=True)
    (made,) = [one for one in said("token", "list", "--data", data) if one["holder"] == "Phần mềm"]
    assert (made["scopes"], made["last_used_at"]) == (["read", "revoke"], None)
    assert made["expires_at"][:10] > made["created_at"][:10]
    assert out.read_text().strip() not in run("hocba", "token", "list", "--data", data).stdout
    withdraw = ("revoke", "withdraw", "0" * 32, "--data", data, "--token-file", out)
    assert "[change-unknown]" in run("hocba", *withdraw).stderr
    correct = ("correct", "withdraw", "0" * 32, "--data", data, "--token-file", out)
    assert "[scope-missing]" in run("hocba", *correct).stderr
    run("hocba", "token", "retire", made["id"], "--data", data, check=True)
    assert "[token-wrong]" in run("hocba", *withdraw).stderr


def test_a_dry_run_of_confirming_stores_nothing(demonstration: Demonstration) -> None:
    """It says whom it would confirm, or why not; nobody has confirmed anything afterwards."""
    workbook = sample_class(2, class_name="6B", first_student=101)
    demonstration.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False)
    where = ("--data", demonstration.data, "--year", SCHOOL_YEAR, "--class", "6B")
    teacher = ("--as", "hieu-truong", "--subject", "toan", "--dry-run")
    refused = run("hocba", "approve", "confirm", *where, *teacher)
    assert (refused.returncode, "[on-behalf-needed]" in refused.stderr) == (1, True)
    instead = ("--on-behalf", "Giáo viên nghỉ ốm", "--reason", "Đã đối chiếu với sổ điểm")
    (would,) = said("approve", "confirm", *where, *teacher, *instead)
    assert (would["act"], would["kind"], len(would["students"])) == (None, "confirm", 2)
    assert demonstration.installation.register.acts(SCHOOL, SCHOOL_YEAR, "6B") == ()


def test_a_year_that_has_not_begun_is_not_imported(demonstration: Demonstration) -> None:
    """Sheets that name no year are of the year that the person says, which must have begun by the clock."""
    installation = demonstration.installation
    first = demonstration.clock.time.year + 1
    coming = f"{first}-{first + 1}"
    refusals = []
    for take_in in (
        lambda: installation.import_files([SourceFile("6B.xlsx", sample_class(1))], coming, dry_run=True),
        lambda: installation.import_workbook(sample_class(1), coming, dry_run=True),
    ):
        with pytest.raises(ServiceError) as refused:
            take_in()
        refusals.append(refused.value.code)
    assert refusals == ["school-year-not-begun"] * 2
