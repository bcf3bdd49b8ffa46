"""The peak memory of each contender, in a process of its own that loads nothing of the others."""

from __future__ import annotations

import multiprocessing
import resource
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import ParamSpec

from bench.paper import Paper, Signature

_P = ParamSpec("_P")


def peak_of_ours(documents: int) -> float:
    """Return the megabytes of a process that issues so many documents, its sandbox's child included."""
    return _in_a_process(_issue_ours, documents)


def peak_of_peer(page_module: str, papers: Sequence[Paper], signatures: Sequence[Signature]) -> float:
    """Return the megabytes of a process that issues these papers with a peer's page."""
    return _in_a_process(_issue_peer, page_module, papers, signatures)


def _in_a_process(work: Callable[_P, float], *args: _P.args, **kwargs: _P.kwargs) -> float:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *args, **kwargs).result()


def _issue_ours(documents: int) -> float:
    from bench.school import School  # noqa: PLC0415 - loaded in our process alone

    with tempfile.TemporaryDirectory() as folder:
        school = School.make(Path(folder) / "school", classes=1, students=documents)
        school.issue()
        # A child counts once it has ended.
        school.installation.verifier.close()
    return _peak(resource.RUSAGE_SELF) + _peak(resource.RUSAGE_CHILDREN)


def _issue_peer(page_module: str, papers: Sequence[Paper], signatures: Sequence[Signature]) -> float:
    from bench.pyhanko_issuing import PyHankoIssuer  # noqa: PLC0415 - loaded in a peer's process alone

    render = import_module(page_module).render
    with tempfile.TemporaryDirectory() as folder:
        PyHankoIssuer(render, signatures, Path(folder) / "peer").issue(papers)
    return _peak(resource.RUSAGE_SELF)


def _peak(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024
