"""A public record in memory: keys from names, entries, a trust root, a signed log; the same bytes at every run."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from schemas.cose import sign1
from schemas.record.checkpoint import Checkpoint, sign_checkpoint
from schemas.record.entry import (
    Issued,
    IssuerEntry,
    Relation,
    RevocationClass,
    Revoked,
    format_entry,
    leaf_hash,
)
from schemas.record.fields import Reference
from schemas.record.merkle import Frontier, TiledTree
from schemas.record.signed_note import SignatureType, VerifierKey, format_verifier_key
from schemas.record.statement import IssuerStatement, KeyState, KeyStatement, Role, format_statement
from schemas.record.tiles import tile_path
from schemas.record.trust_root import Algorithm, AnchorSet, Log, Registrar, RootKey, TrustRoot
from schemas.signatures import key_id

NOW = 1_795_500_000
ORIGIN = "so.example.vn/record"
CLOCK = "clock.so.example.vn"
SCHOOL = "HN-0001"
OTHER_SCHOOL = "HN-0002"


@dataclass(frozen=True, slots=True)
class Ed25519Key:
    """A private key made from its name."""

    private: Ed25519PrivateKey
    public_key: bytes

    @property
    def id(self) -> bytes:
        """The 8 bytes by which our formats name the key."""
        return key_id(self.public_key)

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of the signature."""
        return self.private.sign(message)


@cache
def ed25519_key(name: str) -> Ed25519Key:
    """Return the key called `name`; its seed is the SHA-256 of the name."""
    private = Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())
    return Ed25519Key(private, private.public_key().public_bytes_raw())


def verify(public_key: bytes, signature: bytes, message: bytes) -> None:
    """Check a signature as `schemas.signatures.Verify` asks."""
    Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)


def with_larger_s(signature: bytes) -> bytes:
    """Return an Ed25519 signature with the order of the group added to *s*: the same number, which RFC 8032 refuses."""
    order = 2**252 + 27742317777372353535851937790883648493
    s = int.from_bytes(signature[32:], "little") + order
    return signature[:32] + s.to_bytes(32, "little")


LOG_KEY = VerifierKey(ORIGIN, SignatureType.ED25519, ed25519_key("log").public_key)
CLOCK_KEY = VerifierKey(CLOCK, SignatureType.COSIGNATURE, ed25519_key("clock").public_key)


def digest(name: str) -> bytes:
    """Return 32 bytes that stand for whatever is called `name`."""
    return sha256(name.encode()).digest()


def issued(name: str, **changes: object) -> Issued:
    """Return the entry of a document called `name`; its digests follow from the name."""
    entry = Issued(
        time=NOW,
        school=SCHOOL,
        sid=digest(f"{name} sid"),
        pdf=digest(f"{name} pdf"),
        claims=digest(f"{name} claims"),
        data=digest(f"{name} data"),
        list_id=1,
        status_index=int.from_bytes(digest(name)[:2]),
        profile=1,
        relation=Relation.FIRST,
    )
    return replace(entry, **changes)  # type: ignore[arg-type] # the names of fields, as the tests spell them


def revoked(index: int, *, school: str = SCHOOL) -> Revoked:
    """Return the entry that revokes the document at `index`."""
    return Revoked(NOW + 60, school, Reference(index), RevocationClass.ERROR)


def key_statement(**changes: object) -> KeyStatement:
    """Return a statement that a seal certificate is active for `SCHOOL`."""
    statement = KeyStatement(
        time=NOW,
        school=SCHOOL,
        name="Trường THCS Thử",
        province="Hà Nội",
        thumbprint=digest("seal certificate"),
        public_key=None,
        role=Role.SEAL,
        state=KeyState.ACTIVE,
        number=1,
    )
    return replace(statement, **changes)  # type: ignore[arg-type] # as in `issued`


def signed_statement(statement: IssuerStatement, *, by: str = "registrar") -> bytes:
    """Return the COSE_Sign1 of a registrar over `statement`."""
    key = ed25519_key(by)
    return sign1(format_statement(statement), key.id, key.sign)


def issuer_entry(statement: IssuerStatement, *, by: str = "registrar") -> bytes:
    """Return the bytes of an `issuer` entry."""
    return format_entry(IssuerEntry(signed_statement(statement, by=by)))


def trust_root(**changes: object) -> TrustRoot:
    """Return version 1 of a test trust root: two of three root keys, one log, one registrar for `HN-`."""
    root = TrustRoot(
        schema="hocba/trust-root/v1",
        version=1,
        expires="2027-11-24T00:00:00Z",
        test=True,
        root_keys=tuple(root_key(f"root {n}") for n in (1, 2, 3)),
        threshold=2,
        logs=(log(),),
        registrars=(Registrar(**_key_members("registrar"), school_prefixes=("HN-",)),),
        anchors=(AnchorSet(set="test", certificates=(_base64(b"a certificate"),)),),
        hosts=("hocba.example.vn", "localhost:8001"),
        algorithms=(Algorithm(name="rsa-pss", minimum_bits=2048, until=None),),
    )
    return TrustRoot.model_validate(root.model_dump(by_alias=True) | changes, by_alias=True)


def root_key(name: str) -> RootKey:
    """Return the member of `root_keys` for the key called `name`."""
    return RootKey(**_key_members(name))


def log(**changes: object) -> Log:
    """Return the log of `ORIGIN` as a trust root names it."""
    members: dict[str, object] = {
        "origin": ORIGIN,
        "log_key": format_verifier_key(LOG_KEY),
        "clock_key": format_verifier_key(CLOCK_KEY),
        "school_prefixes": ("HN-",),
        "max_age": 86_400,
    }
    return Log.model_validate(members | changes)


def checkpoint_note(checkpoint: Checkpoint, *, time: int = NOW) -> bytes:
    """Return `checkpoint` signed by the log and dated by the clock."""
    return sign_checkpoint(
        checkpoint,
        log_key=LOG_KEY,
        log_sign=ed25519_key("log").sign,
        clock_key=CLOCK_KEY,
        clock_sign=ed25519_key("clock").sign,
        clock_time=time,
    )


@dataclass(frozen=True, slots=True)
class SampleLog:
    """A log of entries with its tiles, by path."""

    entries: tuple[bytes, ...]
    tiles: dict[str, bytes]
    frontier: Frontier

    @property
    def tree(self) -> TiledTree:
        """The tree read from the tiles."""
        return TiledTree(len(self.entries), lambda *tile: self.tiles[tile_path(*tile)])

    def note(self, *, time: int = NOW) -> bytes:
        """Return the signed checkpoint of the whole log."""
        return checkpoint_note(Checkpoint(ORIGIN, len(self.entries), self.frontier.root()), time=time)


def sample_log(entries: Sequence[bytes]) -> SampleLog:
    """Grow a log of `entries` in one batch."""
    growth = Frontier().append([leaf_hash(entry) for entry in entries])
    tiles = {tile_path(tile.level, tile.n, tile.width): tile.data for tile in growth.tiles}
    return SampleLog(tuple(entries), tiles, growth.frontier)


def _key_members(name: str) -> dict[str, str]:
    key = ed25519_key(name)
    return {"key_id": key.id.hex(), "key": _base64(key.public_key)}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
