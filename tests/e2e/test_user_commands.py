"""`hocba users` and `hocba schools` as an operator uses them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.commands import run
from tests.support.demonstration import SCHOOL, Demonstration


def said(data: Path, *arguments: str) -> list[dict[str, Any]]:
    """Run a command with --json and return the objects that it printed."""
    answer = run("hocba", *arguments, "--data", data, "--json", check=True)
    return [json.loads(line) for line in answer.stdout.splitlines()]


def test_an_operator_sets_up_a_school_and_its_people(demonstration: Demonstration) -> None:
    """A school is added, somebody invited, given classes and other roles, disabled and let in again."""
    data = demonstration.data
    place = ("--commune", "Phường Mới", "--province", "Hà Nội", "--principal", "Lê Thị Mai")
    said(data, "schools", "add", "--code", "MOI-01", "--name", "Trường THCS Mới", *place)
    assert {one["code"] for one in said(data, "schools", "list")} >= {SCHOOL, "MOI-01"}
    mine = ("--school", "MOI-01", "hoa.le")
    classes = ("--class", "2025-2026/6A/toan")
    (invited,) = said(
        data, "users", "invite", *mine, "--name", "Lê Hoa", "--role", "subject-teacher", *classes
    )
    assert "/invitation?code=" in invited["link"]
    assert (invited["roles"], invited["classes"]) == (["subject-teacher"], ["2025-2026/6A/toan"])
    (changed,) = said(data, "users", "roles", *mine, "--role", "homeroom-teacher")
    assert (changed["roles"], changed["classes"]) == (["homeroom-teacher"], [])
    (changed,) = said(data, "users", "assign", *mine, "--class", "2025-2026/6A")
    assert changed["classes"] == ["2025-2026/6A"]
    (again,) = said(data, "users", "invite", *mine)
    assert again["link"] != invited["link"]
    for command, is_active in (
        ("disable", False),
        ("enable", True),
        ("unlock", True),
        ("reset-second-factor", True),
    ):
        (changed,) = said(data, "users", command, *mine)
        assert changed["active"] is is_active
    assert [one["sign_in_name"] for one in said(data, "users", "list", "--school", "MOI-01")] == ["hoa.le"]


def test_a_school_is_changed_for_what_comes_after(demonstration: Demonstration) -> None:
    """What is named changes, the rest stays, the new principal waits for the day, and each change is kept once."""
    data = demonstration.data
    (before,) = said(data, "schools", "show", SCHOOL)
    wanted = ("--name", "Trường  THCS Mới", "--level", "thcs", "--no-notices")
    for _ in range(2):
        (changed,) = said(data, "schools", "change", SCHOOL, *wanted)
        assert (changed["name"], changed["levels"], changed["notices"]) == (
            "Trường THCS Mới",
            ["thcs"],
            False,
        )
        assert {key: changed[key] for key in ("commune", "province")} == {
            key: before[key] for key in ("commune", "province")
        }
    (ahead,) = said(data, "schools", "principal", SCHOOL, "Trần Văn Bình", "--from", "2099-09-01")
    assert ahead["principal"] == before["principal"]
    entered = [one.after for one in demonstration.installation.register.school_events(SCHOOL)]
    assert entered.count("Trường THCS Mới") == 1
    assert any("Trần Văn Bình" in (one or "") for one in entered)
    refused = run(
        "hocba", "schools", "principal", SCHOOL, "Lê Thị Mai", "--from", "2098-01-01", "--data", data
    )
    assert (refused.returncode, "[principal-day]" in refused.stderr) == (1, True)


def test_what_is_refused_is_said(demonstration: Demonstration) -> None:
    """A name that is taken, somebody of another school, and a role of schools at the Sở are refused by their codes."""
    data = demonstration.data
    said(data, "users", "invite", "lan", "--school", SCHOOL, "--name", "Lan", "--role", "clerk")
    for arguments, code in (
        (("invite", "LAN", "--school", SCHOOL, "--name", "Lan", "--role", "clerk"), "sign-in-name-taken"),
        (("disable", "lan", "--office"), "person-unknown"),
        (("invite", "so", "--office", "--name", "Sở", "--role", "clerk"), "role-not-of-office"),
    ):
        refused = run("hocba", "users", *arguments, "--data", data)
        assert (refused.returncode, f"[{code}]" in refused.stderr) == (1, True)
