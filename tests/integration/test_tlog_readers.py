"""Readers that others wrote, metamorphic-log and tlog-scales, accept our record and refuse it changed."""

from __future__ import annotations

from pathlib import Path

import metamorphic_log
import pytest
from cryptography.exceptions import InvalidSignature
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey, VkeySet
from tlog_scales.tiles import leaf_hash as foreign_leaf_hash
from tlog_scales.tlog import Checkpoint as ForeignCheckpoint
from tlog_scales.tlog import ConsistencyProofInvalid, InclusionProofInvalid

from schemas.record.checkpoint import Checkpoint
from schemas.record.entry import format_entry, leaf_hash
from schemas.record.merkle import TiledTree
from schemas.record.signed_note import format_verifier_key
from schemas.record.tiles import CHECKPOINT_PATH, bundle_path, bundles_between, format_bundle, tile_path
from tests.support.record import (
    CLOCK_KEY,
    LOG_KEY,
    NOW,
    ORIGIN,
    SampleLog,
    checkpoint_note,
    issued,
    sample_log,
)

SIZE = 600
OLD_SIZES = (1, 255, 256, 257, 512, 599)
INDICES = (0, 255, 256, 511, 512, 599)
EDGE_SIZES = (1, 2, 255, 256, 257, 65_537, 70_000)
LOG_VKEY, CLOCK_VKEY = format_verifier_key(LOG_KEY), format_verifier_key(CLOCK_KEY)


@pytest.fixture(scope="module")
def log() -> SampleLog:
    """A log of 600 entries: two full tiles, a partial one, a second level."""
    return sample_log([format_entry(issued(f"document {n}")) for n in range(SIZE)])


@pytest.fixture(scope="module")
def record(log: SampleLog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log as the files of a public record."""
    folder = tmp_path_factory.mktemp("record")
    _write_record(log, folder)
    return folder


@pytest.fixture(scope="module")
def many_entries() -> list[bytes]:
    """As many entries as the largest size has."""
    return [format_entry(issued(f"document {n}")) for n in range(max(EDGE_SIZES))]


def _write_record(log: SampleLog, folder: Path) -> None:
    files = {CHECKPOINT_PATH: log.note(), **log.tiles}
    for n, width in bundles_between(0, len(log.entries)):
        files[bundle_path(n, width)] = format_bundle(log.entries[n * 256 : n * 256 + width])
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def _tree(log: SampleLog, size: int) -> TiledTree:
    return TiledTree(size, lambda level, n, width: _full_or_partial(log, level, n, width))


def _full_or_partial(log: SampleLog, level: int, n: int, width: int) -> bytes:
    data = log.tiles.get(tile_path(level, n))
    if data is None:
        data = next(data for path, data in log.tiles.items() if path.startswith(f"{tile_path(level, n)}.p/"))
    return data[: width * 32]


def test_metamorphic_log_reads_the_checkpoint(log: SampleLog) -> None:
    """Under the log's key the note is good and says origin, size and root; the clock's line is one it does not know."""
    head = metamorphic_log.checkpoint_verify(log.note().decode(), [LOG_VKEY])
    assert (head.origin, head.size, bytes(head.root)) == (ORIGIN, SIZE, log.frontier.root())


def test_metamorphic_log_refuses_a_changed_checkpoint(log: SampleLog) -> None:
    """Another size under the same signatures is refused."""
    changed = log.note().decode().replace("\n600\n", "\n601\n")
    with pytest.raises(metamorphic_log.VerifyError):
        metamorphic_log.checkpoint_verify(changed, [LOG_VKEY])


@pytest.mark.parametrize("index", INDICES)
def test_metamorphic_log_checks_inclusion(log: SampleLog, index: int) -> None:
    """Our proof shows an entry under our checkpoint, and shows no other entry."""
    proof = list(log.tree.inclusion_proof(index))
    note, leaf = log.note().decode(), leaf_hash(log.entries[index])
    metamorphic_log.checkpoint_verify_inclusion(note, [LOG_VKEY], index, leaf, proof)
    with pytest.raises(metamorphic_log.VerifyError):
        metamorphic_log.checkpoint_verify_inclusion(note, [LOG_VKEY], index, leaf_hash(b"another"), proof)
    with pytest.raises(metamorphic_log.VerifyError):
        metamorphic_log.checkpoint_verify_inclusion(note, [LOG_VKEY], index, leaf, [*proof[:-1], bytes(32)])


@pytest.mark.parametrize("old_size", OLD_SIZES)
def test_metamorphic_log_checks_consistency(log: SampleLog, old_size: int) -> None:
    """Our proof shows that the log only grew, and does not show it of a log with another past."""
    proof = list(log.tree.consistency_proof(old_size))
    old = checkpoint_note(Checkpoint(ORIGIN, old_size, _tree(log, old_size).root()), time=NOW - 60).decode()
    fork = checkpoint_note(Checkpoint(ORIGIN, old_size, leaf_hash(b"fork")), time=NOW - 60).decode()
    metamorphic_log.checkpoint_verify_consistency(old, log.note().decode(), [LOG_VKEY], proof)
    with pytest.raises(metamorphic_log.VerifyError):
        metamorphic_log.checkpoint_verify_consistency(fork, log.note().decode(), [LOG_VKEY], proof)


def test_tlog_scales_reads_the_record(log: SampleLog, record: Path) -> None:
    """From our files alone it reads the checkpoint, computes its root from the tiles and finds every entry."""
    reader = TilesReader(LocalBackend(record))
    checkpoint = reader.get_checkpoint()
    assert (checkpoint.origin, checkpoint.size) == (ORIGIN, SIZE)
    assert reader.calculate_root_hash() == checkpoint.root_hash == log.frontier.root()
    assert tuple(reader.get_entry(index) for index in range(SIZE)) == log.entries


def test_tlog_scales_checks_both_signatures(record: Path) -> None:
    """It knows our two verifier keys and finds both signatures good."""
    keys = [Vkey.from_string(text) for text in (LOG_VKEY, CLOCK_VKEY)]
    checkpoint = TilesReader(LocalBackend(record)).get_checkpoint()
    assert {key for key, _ in VkeySet(*keys).verify(checkpoint.signatures, checkpoint)} == set(keys)


@pytest.mark.parametrize("vkey", [LOG_VKEY, CLOCK_VKEY])
def test_tlog_scales_refuses_a_changed_checkpoint(log: SampleLog, vkey: str) -> None:
    """Another size under the same signatures is refused."""
    changed = ForeignCheckpoint.from_text(log.note().decode().replace("\n600\n", "\n601\n"))
    with pytest.raises(InvalidSignature):
        changed.verify(Vkey.from_string(vkey))


@pytest.mark.parametrize("index", INDICES)
def test_tlog_scales_agrees_on_inclusion(log: SampleLog, record: Path, index: int) -> None:
    """From our tiles it makes the proof that we make, and refuses it for another entry."""
    reader = TilesReader(LocalBackend(record))
    checkpoint = reader.get_checkpoint()
    proof = reader.get_inclusion_proof(index, SIZE)
    assert tuple(proof.node_hashes) == log.tree.inclusion_proof(index)
    proof.check(foreign_leaf_hash(log.entries[index]), checkpoint.root_hash)
    with pytest.raises(InclusionProofInvalid):
        proof.check(foreign_leaf_hash(b"another"), checkpoint.root_hash)


@pytest.mark.parametrize("old_size", OLD_SIZES)
def test_tlog_scales_agrees_on_consistency(log: SampleLog, record: Path, old_size: int) -> None:
    """From our tiles it makes the proof that we make, and refuses it for another past."""
    reader = TilesReader(LocalBackend(record))
    checkpoint = reader.get_checkpoint()
    proof = reader.get_consistency_proof(old_size, SIZE)
    assert tuple(proof.node_hashes) == log.tree.consistency_proof(old_size)
    proof.check(_tree(log, old_size).root(), checkpoint.root_hash)
    with pytest.raises(ConsistencyProofInvalid):
        proof.check(leaf_hash(b"fork"), checkpoint.root_hash)


def test_tlog_scales_notices_a_changed_tile(record: Path, tmp_path: Path) -> None:
    """With one byte of a tile changed, the root computed is not the checkpoint's."""
    for path in record.rglob("*"):
        if path.is_file():
            copy = tmp_path / path.relative_to(record)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    tile = tmp_path / tile_path(0, 2, SIZE - 512)
    data = tile.read_bytes()
    tile.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    reader = TilesReader(LocalBackend(tmp_path))
    assert reader.get_checkpoint().root_hash != reader.calculate_root_hash()


@pytest.mark.parametrize("size", EDGE_SIZES)
def test_both_agree_at_the_edges_of_tiles(many_entries: list[bytes], tmp_path: Path, size: int) -> None:
    """One entry, a tile all but full, full, begun anew, and so one level up: root and proofs are ours."""
    log = sample_log(many_entries[:size])
    _write_record(log, tmp_path)
    note, root = log.note().decode(), log.frontier.root()
    head = metamorphic_log.checkpoint_verify(note, [LOG_VKEY])
    reader = TilesReader(LocalBackend(tmp_path))
    assert (head.size, bytes(head.root)) == (size, root)
    assert reader.get_checkpoint().root_hash == reader.calculate_root_hash() == root
    for index in {0, size // 2, size - 1, min(255, size - 1), min(256, size - 1), min(65_536, size - 1)}:
        ours = log.tree.inclusion_proof(index)
        leaf = leaf_hash(log.entries[index])
        metamorphic_log.checkpoint_verify_inclusion(note, [LOG_VKEY], index, leaf, list(ours))
        theirs = reader.get_inclusion_proof(index, size)
        assert tuple(theirs.node_hashes) == ours
        theirs.check(foreign_leaf_hash(log.entries[index]), root)
        with pytest.raises(metamorphic_log.VerifyError):
            metamorphic_log.checkpoint_verify_inclusion(
                note, [LOG_VKEY], index, leaf_hash(b"another"), list(ours)
            )
