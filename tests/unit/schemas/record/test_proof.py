"""The inclusion proof that travels in the file."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import SchemaError
from schemas.record.entry import format_entry
from schemas.record.proof import InclusionProof, check_inclusion_proof, format_proof, parse_proof
from tests.support.record import CLOCK_KEY, LOG_KEY, NOW, issued, sample_log, verify

LOG = sample_log([format_entry(issued(f"document {n}")) for n in range(5)])
PROOF = InclusionProof(LOG.entries[2], 2, LOG.tree.inclusion_proof(2), LOG.note())
DATA = format_proof(PROOF)
HASH = base64.b64encode(bytes(32)).decode()


def _check(proof: InclusionProof) -> int | None:
    return check_inclusion_proof(proof, log_key=LOG_KEY, clock_key=CLOCK_KEY, verify=verify).clock_time


@given(
    st.binary(max_size=512),
    st.integers(0, 2**53 - 1),
    st.lists(st.binary(min_size=32, max_size=32), max_size=64),
    st.binary(max_size=40),
)
def test_parse_undoes_format(entry: bytes, index: int, hashes: list[bytes], note: bytes) -> None:
    """Every proof comes back; the checkpoint in it is not looked at yet."""
    proof = InclusionProof(entry, index, tuple(hashes), note)
    assert parse_proof(format_proof(proof)) == proof


def test_bytes_are_as_laid_down() -> None:
    """C2SP tlog-proof: header, extra, index, hashes, a blank line, the checkpoint."""
    lines = ["c2sp.org/tlog-proof@v1", f"extra {base64.b64encode(LOG.entries[2]).decode()}", "index 2"]
    lines += [base64.b64encode(one).decode() for one in LOG.tree.inclusion_proof(2)]
    assert "\n".join([*lines, "", ""]).encode() + LOG.note() == DATA


def test_a_sound_proof_is_accepted() -> None:
    """The checkpoint that covers the entry comes back, with its time."""
    assert _check(parse_proof(DATA)) == NOW


def test_every_entry_is_proved() -> None:
    """Each entry of the log has a proof, and none proves another's place."""
    for index, entry in enumerate(LOG.entries):
        proof = replace(PROOF, entry=entry, index=index, hashes=LOG.tree.inclusion_proof(index))
        assert _check(proof) == NOW
        with pytest.raises(SchemaError, match="inclusion-proof-invalid"):
            _check(replace(proof, index=(index + 1) % 5))


def test_every_changed_byte_of_the_head_is_noticed() -> None:
    """With one bit changed before the checkpoint, the proof is refused."""
    for position in range(DATA.index(b"\n\n") + 2):
        changed = DATA[:position] + bytes([DATA[position] ^ 1]) + DATA[position + 1 :]
        with pytest.raises(SchemaError):
            _check(parse_proof(changed))


def test_another_checkpoint_is_refused() -> None:
    """A proof for a log of 5 entries proves nothing under the checkpoint of another log of 5."""
    other = sample_log([format_entry(issued(f"other {n}")) for n in range(5)])
    with pytest.raises(SchemaError, match="inclusion-proof-invalid"):
        _check(replace(PROOF, note=other.note()))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "proof-invalid"),
        (DATA.replace(b"@v1", b"@v2"), "proof-invalid"),
        (DATA.replace(b"extra ", b""), "proof-invalid"),
        (DATA.replace(b"index ", b""), "proof-invalid"),
        (DATA.replace(b"index 2", b"index 02"), "number-invalid"),
        (DATA.replace(b"index 2", b"index -2"), "number-invalid"),
        (DATA.replace(b"\n\n", b"\r\n\r\n", 1), "base64-invalid"),
        (DATA.replace(b"\n\n", b"\nAAAA\n\n", 1), "proof-invalid"),
        (DATA.replace(b"\n\n", b"\n" + HASH[:-1].encode() + b"\n\n", 1), "base64-invalid"),
        (DATA.replace(b"\n\n", ("\n" + HASH).encode() * 65 + b"\n\n", 1), "proof-invalid"),
        (format_proof(replace(PROOF, entry=bytes(513))), "proof-invalid"),
        (DATA.replace(b"extra ", "extra đ".encode()), "proof-invalid"),
        (format_proof(replace(PROOF, note=bytes(80_000))), "proof-invalid"),
    ],
)
def test_malformed_proofs_are_refused(data: bytes, code: str) -> None:
    """Another version, missing words, another spelling, too many hashes, too long: each is refused."""
    with pytest.raises(SchemaError) as caught:
        parse_proof(data)
    assert caught.value.code == code
