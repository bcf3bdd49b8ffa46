"""Verifying files that the record knows: ours beside pyHanko's own validation and pdfsig.

Ours answers more (content, issuer, record, status); pyHanko and pdfsig judge the signatures alone, pdfsig the digests
alone. pyHanko's context is made once, pdfsig is a process for each file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

from bench.checks import (
    OutputRefusedError,
    validate_with_pdfsig,
    validate_with_pyhanko,
    validation_context,
)
from bench.issuing import OURS, Times
from bench.school import School
from schemas.verdict import VerdictCode
from verify.sandbox import Sandbox

PYHANKO = "pyHanko, both signatures"
PDFSIG = "pdfsig, a process"
SANDBOX = "of which the sandbox"


def measure_verifying(school: School, files: Sequence[Path], rounds: int) -> dict[str, Times]:
    """Verify every file in turns, one round to warm up and then `rounds` that count.

    Raises:
        OutputRefusedError: a contender does not find a file valid.
    """
    context = validation_context(school.trust_roots())
    verifier, sandbox = school.installation.verifier, Sandbox()
    contenders: dict[str, Callable[[bytes, Path], bool]] = {
        OURS: lambda pdf, _: verifier.file(pdf).verdict is VerdictCode.VALID,
        SANDBOX: lambda pdf, _: sandbox.extract(pdf).data is not None,
        PYHANKO: lambda pdf, _: validate_with_pyhanko(pdf, context),
        PDFSIG: lambda _, file: validate_with_pdfsig(file),
    }
    loaded = [(file.read_bytes(), file) for file in files]
    times = {name: Times() for name in contenders}
    order = list(contenders)
    for number in range(rounds + 1):
        order = [*order[1:], order[0]]
        for name in order:
            milliseconds = _milliseconds(name, contenders[name], loaded)
            if number > 0:
                times[name].milliseconds.append(milliseconds)
    sandbox.close()
    return times


def _milliseconds(
    name: str, verify: Callable[[bytes, Path], bool], loaded: Sequence[tuple[bytes, Path]]
) -> float:
    start = perf_counter()
    valid = [verify(pdf, file) for pdf, file in loaded]
    seconds = perf_counter() - start
    if not all(valid):
        raise OutputRefusedError(f"{name}: {valid.count(False)} of {len(valid)} files are not found valid")
    return 1000 * seconds / len(loaded)
