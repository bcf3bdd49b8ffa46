"""What a contender costs alone in a fresh process that loads nothing of the others: processor time and peak memory."""

from __future__ import annotations

import multiprocessing
import os
import re
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from time import process_time
from typing import ParamSpec

from bench.paper import Paper, Signature

_P = ParamSpec("_P")
CLASS_SIZE = 25


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor time of the issuing process for a document, and the peak of its memory and its children's."""

    milliseconds: float
    megabytes: float


def cost_of_ours(documents: int) -> Cost:
    """Issue so many documents at once in a new school, and return what it took."""
    return _in_a_process(_issue_ours, documents)


def cost_of_peer(page_module: str, papers: Sequence[Paper], signatures: Sequence[Signature]) -> Cost:
    """Issue these papers with a peer's page, and return what it took."""
    return _in_a_process(_issue_peer, page_module, papers, signatures)


def _in_a_process(work: Callable[_P, Cost], *args: _P.args, **kwargs: _P.kwargs) -> Cost:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *args, **kwargs).result()


def _issue_ours(documents: int) -> Cost:
    from bench.school import School  # noqa: PLC0415 - loaded in our process alone

    with tempfile.TemporaryDirectory() as folder:
        school = School.make(
            Path(folder) / "school", classes=-(-documents // CLASS_SIZE), students=CLASS_SIZE
        )
        start = process_time()
        released = school.issue()
        seconds = process_time() - start
        megabytes = _peak_megabytes()
        school.installation.verifier.close()
    return Cost(1000 * seconds / len(released), megabytes)


def _issue_peer(page_module: str, papers: Sequence[Paper], signatures: Sequence[Signature]) -> Cost:
    from bench.pyhanko_issuing import PyHankoIssuer  # noqa: PLC0415 - loaded in a peer's process alone

    render = import_module(page_module).render
    with tempfile.TemporaryDirectory() as folder:
        issuer = PyHankoIssuer(render, signatures, Path(folder) / "peer")
        start = process_time()
        issuer.issue(papers)
        seconds = process_time() - start
    return Cost(1000 * seconds / len(papers), _peak_megabytes())


def _peak_megabytes() -> float:
    # Not getrusage: its peak is inherited from the process that started this one.
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    pages = [Path(f"/proc/{process}/status").read_text() for process in ("self", *children)]
    return (
        sum(int(peak) for page in pages for peak in re.findall(r"^VmHWM:\s+(\d+) kB$", page, re.MULTILINE))
        / 1024
    )
