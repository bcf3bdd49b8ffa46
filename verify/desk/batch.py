"""Many documents verified at once, in the order in which they came; few are in memory at any time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from verify.desk.outcome import Outcome, digest_of, mark_repeated, verify_submitted
from verify.desk.submitted import Submitted
from verify.verifier import Verifier


def verify_batch(verifier: Verifier, documents: Iterable[Submitted], *, workers: int) -> Iterator[Outcome]:
    """Give the outcome of each document as soon as those before it are done.

    The same bytes are verified once: whoever hands them in again is told under which name they came before.
    """
    yield from mark_repeated(_verified(verifier, documents, workers))


def _verified(verifier: Verifier, documents: Iterable[Submitted], workers: int) -> Iterator[Outcome]:
    seen: dict[str, Future[Outcome]] = {}
    under_way: deque[tuple[str, Future[Outcome]]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for document in documents:
            digest = digest_of(document)
            known = seen.get(digest) if digest else None
            future = known or pool.submit(verify_submitted, verifier, document)
            if digest and known is None:
                seen[digest] = future
            under_way.append((document.name, future))
            # Twice as many as workers: none waits for the reader, and memory holds a few files, not a folder of them.
            if len(under_way) > 2 * workers:
                yield _next(under_way)
        while under_way:
            yield _next(under_way)


def _next(under_way: deque[tuple[str, Future[Outcome]]]) -> Outcome:
    name, future = under_way.popleft()
    return future.result().model_copy(update={"name": name})
