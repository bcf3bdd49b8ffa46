"""Makes proof/vectors.json: inclusion proofs of the entries of a log of five."""

from __future__ import annotations

from dataclasses import replace

from schemas.record.entry import format_entry
from schemas.record.proof import InclusionProof, format_proof
from schemas.record.signed_note import NoteSignature, SignedNote, format_note, format_verifier_key, parse_note
from tests.support.record import CLOCK_KEY, LOG_KEY, NOW, SampleLog, issued, sample_log
from tests.support.vectors import Vector, failure, file_text, sound, write

LOG = sample_log([format_entry(issued(f"document {n}")) for n in range(5)])
ONE = sample_log(LOG.entries[:1])
OTHER = sample_log([format_entry(issued(f"other {n}")) for n in range(5)])
PROOF = InclusionProof(LOG.entries[2], 2, LOG.tree.inclusion_proof(2), LOG.note())
_LOG, _CLOCK = parse_note(PROOF.note).signatures
_WITNESS = NoteSignature("witness.example.vn", bytes(4), bytes(72))


def _sound(name: str, log: SampleLog, index: int) -> Vector:
    proof = InclusionProof(log.entries[index], index, log.tree.inclusion_proof(index), log.note())
    value = {
        "entry": proof.entry,
        "index": index,
        "size": len(log.entries),
        "root": log.frontier.root(),
        "clock_time": NOW,
    }
    return sound(name, format_proof(proof).decode(), value)


def _changed(**changes: object) -> str:
    return format_proof(replace(PROOF, **changes)).decode()  # type: ignore[arg-type] # names of its fields


def _lined(*lines: NoteSignature) -> str:
    return _changed(note=format_note(SignedNote(parse_note(PROOF.note).text, lines)))


def text() -> str:
    """Return the text of the file."""
    data = format_proof(PROOF).decode()
    vectors = [
        *(_sound(f"entry-{index}-of-5", LOG, index) for index in range(5)),
        _sound("only-entry", ONE, 0),
        failure("index-of-another-entry", _changed(index=1), "inclusion-proof-invalid"),
        failure("index-beyond-the-log", _changed(index=5), "inclusion-proof-invalid"),
        failure("another-entry", _changed(entry=LOG.entries[1]), "inclusion-proof-invalid"),
        failure("hash-missing", _changed(hashes=PROOF.hashes[:-1]), "inclusion-proof-invalid"),
        failure("hash-too-many", _changed(hashes=(*PROOF.hashes, bytes(32))), "inclusion-proof-invalid"),
        failure("hashes-in-another-order", _changed(hashes=PROOF.hashes[::-1]), "inclusion-proof-invalid"),
        failure("checkpoint-of-another-log", _changed(note=OTHER.note()), "inclusion-proof-invalid"),
        failure("checkpoint-changed", data.replace("\n5\n", "\n6\n"), "signature-invalid"),
        failure("checkpoint-with-a-witness", _lined(_LOG, _CLOCK, _WITNESS), "proof-lines-other"),
        failure("checkpoint-with-lines-exchanged", _lined(_CLOCK, _LOG), "proof-lines-other"),
        failure("checkpoint-without-the-clock", _lined(_LOG), "proof-lines-other"),
        failure("checkpoint-without-the-log", _lined(_CLOCK), "checkpoint-unsigned"),
        failure(
            "checkpoint-with-the-clock-twice", _lined(_LOG, _CLOCK, _CLOCK), "checkpoint-signature-repeated"
        ),
        failure("checkpoint-missing", _changed(note=b""), "note-invalid"),
        failure("version-unknown", data.replace("@v1", "@v2"), "proof-invalid"),
        failure(
            "extra-missing",
            "\n".join(line for line in data.split("\n") if "extra" not in line),
            "base64-invalid",
        ),
        failure("index-with-leading-zero", data.replace("index 2", "index 02"), "number-invalid"),
        failure("hash-too-short", data.replace("\n\n", "\nAAAA\n\n", 1), "proof-invalid"),
        failure("entry-too-long", _changed(entry=bytes(513)), "proof-invalid"),
    ]
    keys = {"log_key": format_verifier_key(LOG_KEY), "clock_key": format_verifier_key(CLOCK_KEY)}
    return file_text("docs/formats/record.md#inclusion-proof", "text", vectors, **keys)


if __name__ == "__main__":
    write("proof", text())
