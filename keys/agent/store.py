"""What the agent keeps on the office's computer: its token, and the signatures of the batch that it is at.

    agent.json          server, token, school, the token's library; readable by its owner alone
    signatures.jsonl    a line for each signature, on disk before it is sent; gone when the batch is done

No PIN, no key, no transcript.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from keys.agent.refusals import AgentError

_SETTINGS, _JOURNAL = "agent.json", "signatures.jsonl"


@dataclass(frozen=True, slots=True)
class Pairing:
    """With whom this computer is paired."""

    server: str
    token: str
    agent: str
    holder: str
    school_code: str
    school_name: str
    module: str
    """The PKCS#11 library of the token's maker."""


@dataclass(frozen=True, slots=True)
class Made:
    """A signature that was made here."""

    document: str
    item: str
    field: str
    digest: str
    signature: str
    """In hexadecimal."""


class Store:
    """The agent's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, Made] = {}
        self._is_loaded = False

    def keep_pairing(self, pairing: Pairing) -> None:
        """Keep a pairing in place of the one before."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._write(self._folder / _SETTINGS, json.dumps(asdict(pairing), ensure_ascii=False).encode())

    def pairing(self) -> Pairing:
        """Return the pairing.

        Raises:
            AgentError: `agent-not-paired`, `agent-folder-exposed`.
        """
        path = self._folder / _SETTINGS
        try:
            with path.open("rb") as file:
                if os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077:
                    raise AgentError(
                        "agent-folder-exposed",
                        f"Người khác trên máy đọc được {path}. Hãy chạy: chmod 600 {path}",
                        f"Others on this computer can read {path}. Run: chmod 600 {path}",
                    )
                return Pairing(**json.load(file))
        except (FileNotFoundError, ValueError, TypeError) as error:
            raise AgentError(
                "agent-not-paired",
                "Máy này chưa ghép nối với máy chủ. Hãy xin mã ghép nối rồi chạy: hocba-agent pair",
                "This computer is not paired with a server. Get a pairing code, then run: hocba-agent pair",
            ) from error

    def forget(self) -> None:
        """Remove everything kept here."""
        for name in (_SETTINGS, _JOURNAL):
            (self._folder / name).unlink(missing_ok=True)

    def made(self, item: str) -> Made | None:
        """Return the signature of an item, where it was made in this batch."""
        self._load()
        return self._made.get(item)

    def digest_before(self, document: str, field: str) -> str | None:
        """Return the digest that was signed here in an earlier field of a document."""
        self._load()
        found = [one.digest for one in self._made.values() if one.document == document and one.field != field]
        return found[-1] if found else None

    def note(self, made: Made) -> None:
        """Keep a signature, on disk when this returns: it is never made twice."""
        self._load()
        self._made[made.item] = made
        path = self._folder / _JOURNAL
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            file.write(json.dumps(asdict(made)).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def finish(self) -> None:
        """Forget the signatures of a batch that is done."""
        self._made = {}
        (self._folder / _JOURNAL).unlink(missing_ok=True)

    def _load(self) -> None:
        if self._is_loaded:
            return
        path = self._folder / _JOURNAL
        lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        self._made = {one.item: one for one in _read(lines)}
        if lines and not lines[-1].endswith(b"\n"):
            # Killed while writing: what follows must begin on a line of its own.
            self._write(path, b"".join(lines[:-1]))
        self._is_loaded = True

    def _write(self, path: Path, content: bytes) -> None:
        unfinished = path.with_name(f".{path.name}.tmp")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)


def _read(lines: list[bytes]) -> Iterator[Made]:
    for line in lines:
        try:
            yield Made(**json.loads(line))
        except (ValueError, TypeError):
            continue
