"""The crash harness tested: with a fault planted in the service, it must report it, at the point where it shows."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from keys.secret_files import sync_folder
from schemas.cose import sign1
from schemas.qr import QRAddress
from schemas.record.proof import InclusionProof
from schemas.transcript.model import parse_transcript
from service import files, signing
from service.issuing_tools import IssuingTools
from service.record.sequencer import Sequencer
from service.storage.log_store import LogStore
from service.storage.records import Issuance
from tests.support.crash_points import Ending, Plant, Stop
from tests.support.crash_trial import Prepared, in_chunks_of_one


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Two students, imported."""
    return Prepared.make(tmp_path_factory.mktemp("planted-faults"), students=2)


def sign_first(tools: IssuingTools) -> IssuingTools:
    """Sign, and only then commit the row of intent."""
    register, commit = tools.register, tools.register.reserve

    def reserve(issuances: Sequence[Issuance]) -> None:
        for one in issuances:
            transcript, key = parse_transcript(one.data), tools.keys.credential()
            qr = QRAddress(tools.qr_host, one.serial, sign1(one.claims, key.key_id, key.sign))
            tools.work.sign(
                one.id,
                lambda t=transcript, q=qr: tools.render(t, q),  # type: ignore[misc]
                lambda code=one.school_code: tools.keys.signers(code),  # type: ignore[misc]
                now=tools.now(),
            )
        commit(issuances)

    register.reserve = reserve  # type: ignore[method-assign]
    return tools


class LateStore(LogStore):
    """Commits what was appended only when it is asked to."""

    waiting: tuple[tuple[str, bytes], ...] = ()

    @property
    def size(self) -> int:
        """How many there are, the waiting ones included."""
        return super().size + len(self.waiting)

    def append(self, entries: Sequence[tuple[str, bytes]], *, checked_at: int | None = None) -> list[int]:
        """Promise indexes."""
        del checked_at
        size = self.size
        self.waiting += tuple(entries)
        return list(range(size, self.size))

    def entries(self, start: int, end: int) -> list[bytes]:
        """Return entries, whether they are committed or not."""
        committed = super().entries(0, super().size)
        return [*committed, *(entry for _, entry in self.waiting)][start:end]

    def commit(self) -> None:
        """Append them at last."""
        super().append(self.waiting)
        self.waiting = ()


def append_late(tools: IssuingTools) -> IssuingTools:
    """Sign a checkpoint over entries whose transaction is still to come."""
    sequencer = tools.record
    assert isinstance(sequencer, Sequencer)
    store, publish = LateStore(sequencer._store._engine), sequencer.publish  # noqa: SLF001
    sequencer._store = store  # noqa: SLF001

    def publish_and_commit() -> object:
        checkpoint = publish()
        store.commit()
        return checkpoint

    sequencer.publish = publish_and_commit  # type: ignore[method-assign, assignment]
    return tools


class KeylessRecord:
    """Appends outside the transaction that looks whether the document is there already."""

    def __init__(self, sequencer: Sequencer) -> None:
        self._sequencer = sequencer

    def append(self, entries: Sequence[tuple[str, bytes]], *, checked_at: int | None = None) -> list[int]:
        """Append each under a key that nobody will ask for."""
        keyless = [(secrets.token_hex(16), entry) for _, entry in entries]
        return self._sequencer.append(keyless, checked_at=checked_at)

    def find(self, _key: str) -> int | None:
        """Find nothing."""
        return None

    def publish(self) -> object:
        """Publish."""
        return self._sequencer.publish()

    def prove(self, index: int) -> InclusionProof:
        """Prove."""
        return self._sequencer.prove(index)


def append_again(tools: IssuingTools) -> IssuingTools:
    """Append whatever is asked for, known or not."""
    assert isinstance(tools.record, Sequencer)
    return replace(tools, record=KeylessRecord(tools.record))


def release_unsynced(tools: IssuingTools) -> IssuingTools:
    """Acknowledge a released file whose name is not on disk."""
    vars(signing)["sync_folder"] = lambda _folder: None
    return tools


def prepare_unsynced(tools: IssuingTools) -> IssuingTools:
    """Hand out digests of prepared bytes that are not on disk."""

    def replace_file(path: Path, content: bytes, *, mode: int) -> None:
        unfinished = files.unfinished_path(path)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        os.write(descriptor, content)
        os.close(descriptor)
        unfinished.rename(path)
        sync_folder(path.parent)

    vars(signing)["replace_file"] = replace_file
    return tools


@pytest.mark.parametrize(
    ("plant", "stop", "report"),
    [
        (sign_first, Stop("sign digest"), "prepared or signed without a committed row of intent"),
        (append_late, Stop("fsync record"), "asked again: log-shrunk"),
        (append_again, Stop("fsync record"), "3 entries of 2 documents for 2 rows"),
        (
            release_unsynced,
            Stop("acknowledge 0100000002", Ending.POWERLESS),
            "acknowledged, and its file is gone",
        ),
        (prepare_unsynced, Stop("sign digest", Ending.POWERLESS), "prepared bytes are damaged"),
    ],
)
def test_a_planted_fault_is_reported(prepared: Prepared, plant: Plant, stop: Stop, report: str) -> None:
    """Signing before the row of intent, an append outside its transaction, bytes that were not synced: each is seen.

    At the same crash points nothing is reported where nothing is planted.
    """
    broken = prepared.trial([stop], in_chunks_of_one(plant))
    assert [one for one in broken if report in one] != []
    assert prepared.trial([stop], in_chunks_of_one()) == []
