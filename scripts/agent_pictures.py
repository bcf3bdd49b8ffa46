"""Takes the pictures of docs/agent.md: what `hocba-agent` shows on a terminal, from real runs (`make agent-pictures`).

A class of a demonstration waits, the agent runs on a terminal of 96 columns against a served installation with a token
of SoftHSM, and what it wrote becomes an SVG: text, as the terminal would show it.
"""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pytest

from scripts.agent_zipapp import ROOT
from service.demo import SCHOOL_YEAR
from service.sample import sample_class
from tests.support.commands import console
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.meddling_line import Line, line_to
from tests.support.office import Office, move_to_office, pairing_code
from tests.support.softhsm import MODULE, PIN, SoftHSM

FOLDER = ROOT / "docs/images"
COLUMNS, _ROWS = 96, 60
_CELL, _LINE = 8.4, 19
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def main() -> None:
    """Write every picture."""
    with tempfile.TemporaryDirectory() as temporary, pytest.MonkeyPatch.context() as patch:
        folder = Path(temporary)
        soft_hsm = SoftHSM(folder / "softhsm")
        for name, value in soft_hsm.environment.items():
            patch.setenv(name, value)
        demonstration = Demonstration.make(folder / "data", students=1)
        _wait(demonstration, "6B", first=101)
        move_to_office(demonstration, soft_hsm)
        demonstration.installation.issue(SCHOOL, SCHOOL_YEAR)
        office = Office(folder / "office", soft_hsm)
        with console(demonstration.data) as address:
            code = pairing_code(demonstration)
            _picture(office, "agent-pair", ["pair", "--server", address, "--module", str(MODULE)], [code])
            _picture(office, "agent-sign", ["sign"], ["2", "", PIN])
            _wait(demonstration, "6C", first=201)
            demonstration.installation.issue(SCHOOL, SCHOOL_YEAR)
            with line_to(address, Line) as line:
                line.change = _Liar()
                office.pair(demonstration, line.address)
                _picture(office, "agent-refuses", ["sign"], ["q"])


def _wait(demonstration: Demonstration, class_name: str, *, first: int) -> None:
    workbook = sample_class(5, class_name=class_name, first_student=first)
    demonstration.installation.import_workbook(workbook, SCHOOL_YEAR, dry_run=False)


@dataclass
class _Liar:
    """Changes one byte of the first file that comes by, every time."""

    victim: str = ""

    def __call__(self, path: str, body: bytes) -> bytes:
        """Return what becomes of an answer."""
        if not body.startswith(b"%PDF"):
            return body
        self.victim = self.victim or path
        return body[:20] + b"X" + body[21:] if path == self.victim else body


def _picture(office: Office, name: str, arguments: Sequence[str], typed: Sequence[str]) -> None:
    shown = _run_on_terminal(office, arguments, typed)
    command = " ".join(("py hocba-agent.pyz", *arguments)).removesuffix(f" --module {MODULE}")
    (FOLDER / f"{name}.svg").write_text(_svg([f"> {command}", *_lines(shown)]), encoding="utf-8")
    print(f"{name}: {len(shown)} characters")


def _run_on_terminal(office: Office, arguments: Sequence[str], typed: Sequence[str]) -> str:
    """Run the agent on a terminal; each answer is typed when it has asked and waits."""
    ours, theirs = pty.openpty()
    environment = office.environment | {"COLUMNS": str(COLUMNS), "LINES": str(_ROWS), "BROWSER": "true"}
    process = subprocess.Popen(
        office.command(*arguments),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        cwd=office.folder,
        start_new_session=True,
    )
    os.close(theirs)
    answers, shown, quiet_since = list(typed), b"", time.monotonic()
    while True:
        if select.select([ours], [], [], 0.2)[0]:
            try:
                shown += os.read(ours, 65536)
            except OSError:
                break
            quiet_since = time.monotonic()
        is_asking = re.search(rb"(> |: )\Z", shown) is not None
        if answers and is_asking and time.monotonic() - quiet_since > 0.5:
            os.write(ours, answers.pop(0).encode() + b"\n")
    process.wait()
    os.close(ours)
    return shown.decode()


def _lines(shown: str) -> list[str]:
    """Return the lines as the terminal shows them in the end: a carriage return writes over what was there."""
    lines = []
    for line in shown.replace("\r\n", "\n").split("\n"):
        text = _ESCAPE.sub("", line.rpartition("\r")[2])
        lines += [text[start : start + COLUMNS] for start in range(0, len(text), COLUMNS)] or [""]
    return lines[:-1] if lines[-1] == "" else lines


def _svg(lines: Sequence[str]) -> str:
    width, height = round(COLUMNS * _CELL) + 32, len(lines) * _LINE + 32
    rows = "".join(
        f'<text x="16" y="{30 + number * _LINE}" xml:space="preserve">{escape(line)}</text>\n'
        for number, line in enumerate(lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img" font-family="Consolas, DejaVu Sans Mono, monospace" font-size="14" fill="#e6e6e6">\n'
        f'<rect width="{width}" height="{height}" rx="8" fill="#1e1e1e"/>\n{rows}</svg>\n'
    )


if __name__ == "__main__":
    main()
