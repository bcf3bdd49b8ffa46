"""The committed vectors are what the parsers say, and what their generators make."""

from __future__ import annotations

import base64
import importlib
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from schemas.claims import parse_claims
from schemas.cose import parse_sign1
from schemas.errors import SchemaError
from schemas.qr import parse_qr
from schemas.record.checkpoint import parse_checkpoint_note
from schemas.record.entry import STATUS_LIST_LENGTH, leaf_hash, parse_entry
from schemas.record.envelope import check_threshold, check_update, parse_envelope
from schemas.record.offline_pack import parse_pack
from schemas.record.proof import check_inclusion_proof, parse_proof
from schemas.record.signed_note import VerifierKey, parse_verifier_key
from schemas.record.statement import parse_statement
from schemas.record.status_list import parse_status_list
from schemas.record.token_chain import parse_stamped
from schemas.serial import parse_serial, serial_value, sid
from schemas.time_stamp import parse_time_stamp
from schemas.transcript.model import parse_transcript
from tests.support.record import verify
from tests.support.vectors import described

FOLDER = Path(__file__).parent
FILES = {
    path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*/vectors.json")
}
Context: TypeAlias = dict[str, Any]


def _serial(data: bytes, _: Context) -> object:
    serial = parse_serial(data.decode())
    return {"bits": serial_value(serial).to_bytes(10), "sid": sid(serial)}


def _cose(data: bytes, context: Context) -> object:
    signed = parse_sign1(data)
    signed.check(base64.b64decode(context["public_key"]), verify)
    return {"key_id": signed.key_id, "payload": signed.payload}


def _checkpoint(data: bytes, context: Context) -> object:
    log_key, clock_key = _log_keys(context)
    cosigned = parse_checkpoint_note(data, log_key=log_key, clock_key=clock_key, verify=verify)
    return {"checkpoint": cosigned.checkpoint, "clock_time": cosigned.clock_time}


def _proof(data: bytes, context: Context) -> object:
    proof = parse_proof(data)
    log_key, clock_key = _log_keys(context)
    cosigned = check_inclusion_proof(proof, log_key=log_key, clock_key=clock_key, verify=verify)
    return {
        "entry": proof.entry,
        "index": proof.index,
        "size": cosigned.checkpoint.size,
        "root": cosigned.checkpoint.root,
        "clock_time": cosigned.clock_time,
    }


def _status_list(data: bytes, context: Context) -> object:
    key = base64.b64decode(context["public_key"])
    parsed = parse_status_list(data, find_key=lambda _: key, verify=verify)
    names = ("origin", "list_id", "version", "issued_at", "expires_at", "ttl")
    not_valid = {
        index: parsed.status_at(index) for index in range(STATUS_LIST_LENGTH) if parsed.packed[index >> 2]
    }
    return {name: getattr(parsed, name) for name in names} | {
        "not_valid": {index: status for index, status in not_valid.items() if status}
    }


def _offline_pack(data: bytes, context: Context) -> object:
    parsed = parse_pack(data)
    parsed.signed.check(base64.b64decode(context["public_key"]), verify)
    pack = parsed.pack
    names = ("school", "school_name", "documents", "ended")
    return {name: getattr(pack, name) for name in names} | {
        "statements": [index for index, _ in pack.statements]
    }


def _trust_root(data: bytes, _: Context) -> object:
    envelope = parse_envelope(data)
    check_threshold(envelope, verify)
    return {"version": envelope.root.version, "fingerprint": envelope.fingerprint()}


def _trust_root_update(data: bytes, context: Context) -> object:
    current, new = parse_envelope(context["current"].encode()), parse_envelope(data)
    check_threshold(current, verify)
    check_update(current.root, new, verify)
    return {"version": new.root.version, "fingerprint": new.fingerprint()}


def _stamped(data: bytes, _: Context) -> object:
    stamped = parse_stamped(data)
    checkpoint = stamped.checkpoint
    return {
        "number": stamped.number,
        "previous": stamped.previous,
        "size": checkpoint.size,
        "root": checkpoint.root,
    }


def _time_stamp(data: bytes, _: Context) -> object:
    token = parse_time_stamp(data)
    return {
        "imprint": token.imprint,
        "time": token.time,
        "nonce": token.nonce,
        "certificates": [sha256(one).digest() for one in token.certificates],
        "signature": f"{token.scheme}, {token.digest}",
    }


def _log_keys(context: Context) -> tuple[VerifierKey, VerifierKey]:
    return parse_verifier_key(context["log_key"]), parse_verifier_key(context["clock_key"])


READERS: dict[str, Callable[[bytes, Context], object]] = {
    "serial": _serial,
    "qr": lambda data, _: parse_qr(data.decode()),
    "claims": lambda data, _: parse_claims(data),
    "cose": _cose,
    "entry": lambda data, _: {"entry": parse_entry(data), "leaf_hash": leaf_hash(data)},
    "statement": lambda data, _: parse_statement(data),
    "checkpoint": _checkpoint,
    "proof": _proof,
    "status-list": _status_list,
    "offline-pack": _offline_pack,
    "stamped": _stamped,
    "time-stamp": _time_stamp,
    "trust-root": _trust_root,
    "trust-root-update": _trust_root_update,
    "transcript": lambda data, _: {"serial": parse_transcript(data).serial, "data": sha256(data).digest()},
}
VECTORS = [(folder, vector) for folder in sorted(FILES) for vector in FILES[folder]["vectors"]]


@pytest.mark.parametrize(
    ("folder", "vector"), VECTORS, ids=[f"{folder}/{vector['name']}" for folder, vector in VECTORS]
)
def test_vector(folder: str, vector: dict[str, Any]) -> None:
    """The input is read as the vector says, or refused with the code that it names."""
    file = FILES[folder]
    data = bytes.fromhex(vector["input"]) if file["input"] == "hex" else vector["input"].encode()
    if "error" not in vector:
        assert described(READERS[folder](data, file)) == vector["value"]
        return
    with pytest.raises(SchemaError) as caught:
        READERS[folder](data, file)
    assert caught.value.code == vector["error"]


@pytest.mark.parametrize("folder", READERS)
def test_generator_makes_the_committed_file(folder: str) -> None:
    """`make vectors` would change nothing."""
    generator = importlib.import_module(f"tests.vectors.generate_{folder.replace('-', '_')}")
    assert generator.text() == (FOLDER / folder / "vectors.json").read_text(encoding="utf-8")


def test_every_folder_is_read() -> None:
    """Each file has a reader, each generator a file, and each file sound vectors and failures, all names different."""
    generators = {
        path.stem.removeprefix("generate_").replace("_", "-") for path in FOLDER.glob("generate_*.py")
    }
    # Whole records, attacks, rules, verdicts offline are cases of their own: test_record_vectors.py and its neighbours.
    assert set(FILES) == set(READERS) == generators - {"record", "rules", "offline", "pdf", "revocation"}
    for file in FILES.values():
        names = [vector["name"] for vector in file["vectors"]]
        assert len(set(names)) == len(names)
        assert {"error" in vector for vector in file["vectors"]} == {True, False}
