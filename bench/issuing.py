"""Whole issues, from approved data to a file given out: ours beside two that a user would build from libraries.

Ours reserves, renders, signs twice, checks itself, records, verifies from the public files and releases, with every
fsync. The peers render the same words, sign twice with pyHanko, write the file and commit a row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.checks import check_archival, check_signed, check_words, validation_context
from bench.content import words
from bench.paper import Paper
from bench.pyhanko_issuing import PyHankoIssuer
from bench.reportlab_page import render as reportlab_page
from bench.school import School
from bench.weasyprint_page import render as weasyprint_page

OURS = "hocba"
WEASYPRINT = "WeasyPrint + pyHanko + ORM"
REPORTLAB = "reportlab + pyHanko + ORM"
PEER_DOCUMENTS = 3
"""Documents of a peer in a round; ours issues a class."""


@dataclass(slots=True)
class Times:
    """What one contender took, and how large its files are."""

    milliseconds: list[float] = field(default_factory=list)
    """For a document, a round each."""
    bytes: list[int] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The median of the rounds."""
        return median(self.milliseconds)


def measure_issuing(school: School, folder: Path, rounds: int) -> dict[str, Times]:
    """Issue in turns, one round to warm up and then `rounds` that count; `school` has a class for each.

    Raises:
        OutputRefusedError: a contender's file is not what it should be.
    """
    school.issue(school.classes[0])
    papers = school.papers()
    contenders: dict[str, Callable[[int], list[Path]]] = {
        OURS: lambda number: school.issue(school.classes[number]),
        WEASYPRINT: _peer(weasyprint_page, school, folder / "weasyprint", papers),
        REPORTLAB: _peer(reportlab_page, school, folder / "reportlab", papers),
    }
    # The first class has warmed ours up already.
    for peer in (WEASYPRINT, REPORTLAB):
        contenders[peer](0)
    times = {name: Times() for name in contenders}
    files: dict[str, list[Path]] = {name: [] for name in contenders}
    order = list(contenders)
    for number in range(1, rounds + 1):
        order = [*order[1:], order[0]]
        for name in order:
            start = perf_counter()
            made = contenders[name](number)
            times[name].milliseconds.append(1000 * (perf_counter() - start) / len(made))
            times[name].bytes.extend(file.stat().st_size for file in made)
            files[name].extend(made)
    _check(school, files)
    return times


def _peer(
    render: Callable[[Paper], bytes], school: School, folder: Path, papers: Sequence[Paper]
) -> Callable[[int], list[Path]]:
    issuer = PyHankoIssuer(render, school.signatures(), folder)

    def issue(number: int) -> list[Path]:
        first = number * PEER_DOCUMENTS % (len(papers) - PEER_DOCUMENTS + 1)
        return issuer.issue(papers[first : first + PEER_DOCUMENTS])

    return issue


def _check(school: School, files: dict[str, list[Path]]) -> None:
    context = validation_context(school.trust_roots())
    transcripts = {paper.transcript.serial: paper.transcript for paper in school.papers()}
    for file in chain.from_iterable(files.values()):
        check_signed(file, context)
        check_words(file, words(transcripts[file.stem.replace("-", "")]))
    for file in files[OURS]:
        check_archival(file)
