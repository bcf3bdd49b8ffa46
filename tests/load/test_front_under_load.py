"""500 look-ups and 50 known files a second through the front as operators copy it, ten minutes long: `make load`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from service.sample import DEMO_SCHOOL
from tests.support.demonstration import Demonstration
from tests.support.front import fronted
from tests.support.load import Stream, request, run
from tests.support.processes import descendants

SECONDS = float(os.environ.get("LOAD_SECONDS", "600"))
WIDE = {"rate=40r/s": "rate=9000r/s", "rate=10r/s": "rate=9000r/s"}
"""All requests come from one address here; elsewhere each has the allowance of its own."""


def test_load_of_a_province(released: Demonstration, tmp_path: Path) -> None:
    """No wrong answer; look-ups at p95 within 300 ms, files within 1 s; memory, descriptors and files stay flat."""
    serials = [one.serial for one in released.issuances()]
    paths = [f"/V/{serial}" for serial in serials] + [f"/api/v1/serials/{serial}" for serial in serials]
    # What the record says of a serial names its school, in the page and in the JSON alike.
    look_ups = Stream(
        "look-ups",
        [request("GET", path) for path in paths],
        500,
        DEMO_SCHOOL[0].name.encode(),
        connections=40,
    )
    files = [request("POST", "/api/v1/verify", released.pdf(n), "application/pdf") for n in range(3)]
    known = Stream("known files", files, 50, b'"verdict":"valid"', connections=20)
    used: list[Usage] = []
    with fronted(released, tmp_path, replaced=WIDE) as front:
        run(front.port, [look_ups, known], SECONDS, each=lambda: used.append(Usage.now(tmp_path)))
    half = used[len(used) // 2]
    print(f"\n{look_ups}\n{known}\nbegin: {used[0]}; half: {half}; end: {used[-1]}")  # noqa: T201
    assert (look_ups.wrong, known.wrong) == ([], [])
    assert used[-1].megabytes < 1.15 * half.megabytes
    assert used[-1].descriptors < 1.15 * half.descriptors
    assert used[-1].files == half.files
    assert look_ups.share(0.95) <= 0.3
    assert known.share(0.95) <= 1.0


@dataclass(frozen=True, slots=True)
class Usage:
    """What all processes that this one began use, and how many files they left in a folder."""

    megabytes: int
    descriptors: int
    files: int

    @classmethod
    def now(cls, folder: Path) -> Self:
        """Ask the kernel."""
        pids = list(descendants(os.getpid()))
        return cls(
            sum(int(_read(pid, "statm").split()[1]) for pid in pids) * os.sysconf("SC_PAGE_SIZE") // 2**20,
            sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids),
            sum(1 for path in folder.rglob("*") if path.is_file()),
        )

    def __str__(self) -> str:
        """Return it for a line."""
        return f"{self.megabytes} MB, {self.descriptors} descriptors, {self.files} files"


def _read(pid: int, name: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_text(encoding="ascii")
