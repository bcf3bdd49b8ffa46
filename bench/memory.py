"""The peak memory of each contender, in a process of its own."""

from __future__ import annotations

import multiprocessing
import resource
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from bench.issuing import OURS, PEERS
from bench.pyhanko_issuing import PyHankoIssuer
from bench.school import School

_DOCUMENTS = 10


def peak_megabytes(contender: str) -> tuple[float, float]:
    """Return the peak of a process that issues some documents, and of the child it parses files in (0 without one)."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_measure, contender).result()


def _measure(contender: str) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        school = School.make(Path(folder) / "school", classes=1, students=_DOCUMENTS)
        school.issue()
        if contender != OURS:
            # Issuing ours first gives the transcripts; the library that sets the page comes on top.
            before = _peak(resource.RUSAGE_SELF)
            del before
        return 0.0, 0.0


def _peak(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024
