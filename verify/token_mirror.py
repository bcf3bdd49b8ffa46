"""Bringing the time stamps of a record into a mirror: without them a proof is weaker, never wrong.

Each is taken once and kept. One that does not name the one here as the one before it gives the origin a chance to
mend that one; else it begins a new chain, since it is better to have it than not.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from schemas.record.tiles import stamped_path, token_path
from schemas.record.token_chain import MAX_STAMPED_BYTES, MAX_TOKENS
from schemas.time_stamp import MAX_TOKEN_BYTES
from verify.findings import VerifyError
from verify.record_fetch import fetch
from verify.token_chain import ChainedToken, chained, read_tokens

_AT_ONCE = 4
_MOST_AHEAD = 32
Files = tuple[bytes, bytes]
"""A token, and what it stamps."""


def fetch_tokens(base: str, folder: Path, write: Callable[[str, bytes], None]) -> tuple[str, ...]:
    """Bring the time stamps that are new, and return the path of one that came damaged.

    Args:
        base: the address of the record, with a slash at its end.
        folder: the mirror.
        write: puts a file into it, by its path.
    """
    return _Tokens(base, folder, write).run()


class _Tokens:
    def __init__(self, base: str, folder: Path, write: Callable[[str, bytes], None]) -> None:
        self._base, self._write = base, write
        self._tokens = read_tokens(folder)
        while self._tokens and self._tokens[-1] is None:
            self._tokens.pop()

    def run(self) -> tuple[str, ...]:
        ahead = 1
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            while (first := len(self._tokens) + 1) <= MAX_TOKENS:
                wanted = range(first, min(first + ahead, MAX_TOKENS + 1))
                for number, files in zip(wanted, pool.map(self._fetch, wanted), strict=True):
                    if files is None:
                        return ()
                    if not self._take(number, files):
                        return (token_path(number),)
                # Mostly there is none or one; a new mirror finds thousands.
                ahead = min(2 * ahead, _MOST_AHEAD)
        return ()

    def _take(self, number: int, files: Files) -> bool:
        before = self._tokens[-1] if self._tokens else None
        token = chained(number, *files, before)
        if token is None:
            return False
        if number > 1 and token.first == number:
            token = self._mend(number, files) or token
        self._put(number, files)
        self._tokens.append(token)
        return True

    def _mend(self, number: int, files: Files) -> ChainedToken | None:
        """Fetch the token before once more; where these files follow it, it takes the place of the one here."""
        again = self._fetch(number - 1)
        if again is None:
            return None
        before = chained(number - 1, *again, self._tokens[number - 3] if number > 2 else None)
        token = chained(number, *files, before)
        if before is None or token is None or token.first == number:
            return None
        self._put(number - 1, again)
        self._tokens[number - 2] = before
        return token

    def _put(self, number: int, files: Files) -> None:
        # The token last: where it is, what it stamps is there as well.
        token, stamped = files
        self._write(stamped_path(number), stamped)
        self._write(token_path(number), token)

    def _fetch(self, number: int) -> Files | None:
        # Asked for in the order opposite to that of writing, no half is ever seen.
        try:
            token = fetch(self._base + token_path(number), MAX_TOKEN_BYTES)
            return token, fetch(self._base + stamped_path(number), MAX_STAMPED_BYTES)
        except VerifyError:
            return None
