"""What must hold of an installation whatever stopped it: each broken promise as a sentence, none where all hold.

`check_left` looks at what a crash has left, before anybody has asked again; `check_finished` at the end, when asking
again is done. Both read the disk, the database and the evidence; they believe no report of the program under test.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from keys.pdf_signature import PreparedSignature
from schemas.cms import parse_cms
from schemas.errors import HocbaError
from schemas.record.checkpoint import Checkpoint, parse_checkpoint_note
from schemas.record.entry import Issued, parse_entry
from schemas.record.merkle import TiledTree, check_consistency
from schemas.record.tiles import tile_path
from schemas.record.trust_root import Log
from schemas.serial import display_serial
from schemas.verdict import VerdictCode
from service.installation import Installation
from service.issuing import released_path
from service.storage.log_store import LogStore
from service.storage.records import Issuance, State
from verify.byte_scan import scan_signatures
from verify.ed25519 import verify_ed25519


def check_left(
    installation: Installation,
    *,
    acknowledged: Iterable[str] = (),
    signed: Iterable[str] = (),
    files: dict[str, str] | None = None,
) -> list[str]:
    """Check what lies there, at any moment at which nobody is issuing.

    Args:
        installation: what is looked at.
        acknowledged: serials that somebody was told are issued.
        signed: SHA-256 of the signed attributes that were handed out to be signed.
        files: names of released files that were seen before, and the SHA-256 of each.
    """
    rows = installation.register.all_issuances()
    present = released_files(installation.folder("issued"))
    return [
        *_check_intent(installation, rows),
        *_check_given_out(installation, rows),
        *_check_acknowledged(installation, rows, acknowledged),
        *_check_signatures(installation, signed),
        *(
            f"{name}: a released file was changed or lost"
            for name, digest in (files or {}).items()
            if present.get(name) != digest
        ),
    ]


def check_finished(
    installation: Installation, *, students: Iterable[str], checkpoints: Iterable[str]
) -> list[str]:
    """Check that exactly these students have their document, in register, record and folder, and nothing else is there.

    `checkpoints` are all the notes that were ever seen.
    """
    rows = installation.register.all_issuances()
    return [
        *_check_documents(installation, rows, sorted(students)),
        *_check_entries(installation, rows),
        *(f"audit: {one.where}: {one.text.en}" for one in installation.audit().differences),
        *(f"stray file {path}" for path in strays(installation.settings.data)),
        *_check_checkpoints(installation, checkpoints),
    ]


def released_files(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file by its name."""
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def strays(data: Path) -> list[str]:
    """Return files that an interrupted step left and nobody took away."""
    unfinished = [path for path in data.rglob("*") if path.suffix == ".tmp" or path.name.startswith(".")]
    return sorted(str(path.relative_to(data)) for path in {*unfinished, *(data / "work").iterdir()})


def _check_intent(installation: Installation, rows: Sequence[Issuance]) -> Iterator[str]:
    known = {one.id for one in rows}
    for path in installation.folder("work").iterdir():
        identity = path.name.lstrip(".").partition(".")[0]
        if identity not in known:
            yield f"work/{path.name}: prepared or signed without a committed row of intent"


def _check_given_out(installation: Installation, rows: Sequence[Issuance]) -> Iterator[str]:
    serials = {display_serial(one.serial): one for one in rows}
    for path in installation.folder("issued").iterdir():
        verdict = installation.verifier.known_file(path.read_bytes()).verdict
        if verdict is not VerdictCode.VALID:
            yield f"{path.name}: a released file is {verdict}"
        if path.stem not in serials:
            yield f"{path.name}: a released file that the register does not know"


def _check_acknowledged(
    installation: Installation, rows: Sequence[Issuance], acknowledged: Iterable[str]
) -> Iterator[str]:
    by_serial = {display_serial(one.serial): one for one in rows}
    for serial in acknowledged:
        one = by_serial.get(serial)
        if one is None or one.state is not State.RELEASED:
            yield f"{serial}: acknowledged, and the register has it as {one and one.state}"
        elif not released_path(installation.folder("issued"), one).exists():
            yield f"{serial}: acknowledged, and its file is gone"


def _check_signatures(installation: Installation, signed: Iterable[str]) -> Iterator[str]:
    known = set()
    for path in installation.folder("work").glob("[!.]*"):
        if path.suffix in {".principal", ".seal"}:
            try:
                known.add(PreparedSignature.from_bytes(path.read_bytes()).signed_attributes_der)
            except HocbaError:
                yield f"work/{path.name}: prepared bytes are damaged"
    for path in installation.folder("issued").iterdir():
        known |= {parse_cms(one.cms).signed_attributes for one in scan_signatures(path.read_bytes())}
    digests = {sha256(attributes).hexdigest() for attributes in known}
    for digest in set(signed) - digests:
        yield f"{digest[:16]}…: something was signed that nobody knows of any more"


def _check_documents(
    installation: Installation, rows: Sequence[Issuance], students: Sequence[str]
) -> Iterator[str]:
    if sorted(one.student_code for one in rows) != students:
        yield f"{len(rows)} rows for {len(students)} students: not exactly one for each"
    for one in rows:
        if one.state is not State.RELEASED:
            yield f"{one.student_code}: ends as {one.state} [{one.failure_code}]"
    if len({one.serial for one in rows}) != len(rows):
        yield "two documents have one serial"
    if len({one.status_index for one in rows}) != len(rows):
        yield "two documents have one status index"
    names = {released_path(installation.folder("issued"), one).name for one in rows}
    if names != set(released_files(installation.folder("issued"))):
        yield "the released files are not those of the rows"


def _check_entries(installation: Installation, rows: Sequence[Issuance]) -> Iterator[str]:
    store = LogStore(installation.database)
    entries = map(parse_entry, store.entries(0, store.size))
    count = Counter(entry.sid for entry in entries if isinstance(entry, Issued))
    if sorted(count.values()) != [1] * len(rows):
        yield f"{count.total()} entries of {len(count)} documents for {len(rows)} rows"


def _check_checkpoints(installation: Installation, notes: Iterable[str]) -> Iterator[str]:
    record, log = installation.folder("record"), installation.log
    last = _checkpoint((record / "checkpoint").read_text(), log)
    tree = TiledTree(last.size, lambda level, n, width: (record / tile_path(level, n, width)).read_bytes())
    for seen in {_checkpoint(note, log) for note in notes}:
        if seen.size > last.size:
            yield f"a checkpoint over {seen.size} entries was seen, and the last one is over {last.size}"
            continue
        try:
            check_consistency(
                old_size=seen.size,
                new_size=last.size,
                old_root=seen.root,
                new_root=last.root,
                proof=tree.consistency_proof(seen.size),
            )
        except HocbaError as error:
            yield f"the checkpoint over {seen.size} entries: {error}"


def _checkpoint(note: str, log: Log) -> Checkpoint:
    return parse_checkpoint_note(
        note.encode(), log_key=log.log_verifier, clock_key=log.clock_verifier, verify=verify_ed25519
    ).checkpoint
