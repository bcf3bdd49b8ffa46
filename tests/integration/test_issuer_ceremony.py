"""From a request to the registrar's signature to the record: rotation, compromise, and what cheating meets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from keys.keyring import DocumentRole, RecordRole, record_key_path
from keys.record_key import RecordKey
from schemas.cose import sign1
from schemas.errors import SchemaError
from schemas.record.statement import KeyState, KeyStatement, Role, Succession
from schemas.record.statement_file import format_request, format_signed, parse_request, parse_signed
from schemas.verdict import VerdictCode
from service.errors import ServiceError
from service.issuers import StatementCheck
from service.storage.log_store import LogStore
from tests.support.commands import run
from tests.support.demonstration import SCHOOL, Demonstration
from tests.support.keys import authority
from tests.support.registrar import entries, last_statement, retired
from tests.support.registrar import statement as said_next
from tests.support.whole_record import filler

STATEMENT = KeyStatement(1, "01", "Trường Ỷ", "Hà Nội", b"\1" * 32, None, Role.SEAL, KeyState.ACTIVE, 1)


@pytest.mark.parametrize(
    "statement",
    [
        STATEMENT,
        KeyStatement(1, "", "Sở", "Hà Nội", None, b"\2" * 32, Role.STATUS, KeyState.COMPROMISED, 2, 7),
        Succession(5, "01-A", "01-B", 3),
    ],
)
def test_request_reads_back(statement: KeyStatement | Succession) -> None:
    """What is asked is what is parsed, and it can be read by people."""
    data = format_request(statement)
    assert parse_request(data) == statement
    assert "\\u" not in data.decode("utf-8")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("active", "retired ").encode(),
        lambda text: text.replace("\n", "").encode(),
        lambda text: text.replace('"number": 1', '"number": 0').encode(),
        lambda text: text.replace("seal", "headmaster").encode(),
        lambda text: (text + " ").encode(),
        lambda text: text.replace("hocba/issuer-request/v1", "hocba/issuer-request/v2").encode(),
        lambda text: text.replace('"from_index": null', '"from_index": 3').encode(),
        lambda _: b"[]",
        lambda _: b"\xff",
        lambda text: text.encode() + bytes(20_000),
    ],
)
def test_other_spellings_of_a_request_are_refused(change: object) -> None:
    """A request that is not written as ours, or says what no statement can, is signed by nobody."""
    assert callable(change)
    with pytest.raises(SchemaError):
        parse_request(change(format_request(STATEMENT).decode()))


def test_signed_file_has_one_spelling() -> None:
    """The file that comes back is the signed statement and nothing beside it."""
    data = format_signed(b"cose")
    assert parse_signed(data) == b"cose"
    for changed in (data + b"\n", data.replace(b'"Y29zZQ=="', b'"Y29zZR=="'), b"{}", b""):
        with pytest.raises(SchemaError):
            parse_signed(changed)


def ceremony(demonstration: Demonstration, *options: str) -> Path:
    """Request, and have the demonstration's registrar sign in a folder that has nothing else."""
    data = demonstration.data
    request, signed = data / "request.json", data / "signed.json"
    asked = run("hocba", "issuer", "request", "--data", data, "--school", SCHOOL, *options, "--out", request)
    assert asked.returncode == 0, asked.stderr
    key = record_key_path(data / "keys", RecordRole.REGISTRAR)
    done = run(
        "hocba", "keys", "sign-statement", request, "--key", key,
        "--passphrase-file", data / "keys" / "passphrase", "--out", signed, "--yes",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return signed


def another_certificate(demonstration: Demonstration) -> tuple[str, str]:
    """Return the option that names a certificate which the record does not know."""
    path = demonstration.data / "deputy.pem"
    path.write_bytes(authority("p-256").signer.certificate.public_bytes(Encoding.PEM))
    return "--certificate", str(path)


def append(demonstration: Demonstration, signed: Path) -> tuple[int, str]:
    """Append a signed file; the exit code and what was said."""
    done = run("hocba", "issuer", "append", signed, "--data", demonstration.data)
    return done.returncode, done.stdout + done.stderr


def seal_thumbprint(demonstration: Demonstration) -> str:
    """Return what names the seal's certificate."""
    listed = run("hocba", "issuer", "list", "--data", demonstration.data).stdout
    (line,) = (line for line in listed.splitlines() if " seal " in line)
    return line.split()[1]


def test_compromise_leaves_earlier_documents_good_and_later_ones_untrusted(
    demonstration: Demonstration,
) -> None:
    """From the named index on nothing counts; before it everything does, with a note; `affected` lists both."""
    issuances = demonstration.issuances()
    first = issuances[1].log_index
    seal = seal_thumbprint(demonstration)
    signed = ceremony(demonstration, "--role", "seal", "--state", "compromised", "--from-index", str(first))
    assert append(demonstration, signed)[0] == 0
    demonstration.clock.catch_up()
    verdicts = [demonstration.verify(demonstration.pdf(number)) for number in range(3)]
    assert [one.verdict for one in verdicts] == [
        VerdictCode.VALID, VerdictCode.UNTRUSTED_ISSUER, VerdictCode.UNTRUSTED_ISSUER,
    ]  # fmt: skip
    assert len(verdicts[0].notes) > 1
    listed = run("hocba", "record", "affected", "--key", seal, "--data", demonstration.data).stdout
    assert listed.count("còn tin được / good\n") == 1
    assert listed.count("NO LONGER TRUSTED\n") == 2
    # It is the last word about this key.
    again = run(
        "hocba", "issuer", "request", "--data", demonstration.data, "--school", SCHOOL, "--role", "seal",
        "--out", demonstration.data / "again.json",
    )  # fmt: skip
    assert "[statement-final]" in again.stderr


def test_statement_is_appended_once(demonstration: Demonstration) -> None:
    """The same file again is refused by name, and the record does not grow."""
    signed = ceremony(demonstration, "--role", "deputy", *another_certificate(demonstration))
    code, said = append(demonstration, signed)
    assert (code, "deputy" in said) == (0, True)
    size = (demonstration.record / "checkpoint").read_text().splitlines()[1]
    code, said = append(demonstration, signed)
    assert (code, "[statement-known]" in said) == (1, True)
    assert (demonstration.record / "checkpoint").read_text().splitlines()[1] == size


@pytest.mark.parametrize("signer", ["stranger", "credential"])
def test_statement_by_anybody_else_is_refused(demonstration: Demonstration, signer: str) -> None:
    """Signed by a stranger, or by a key of the service: refused before it is appended."""
    signed = ceremony(demonstration, "--role", "deputy", *another_certificate(demonstration))
    key = (
        RecordKey.from_seed(b"\7" * 32)
        if signer == "stranger"
        else demonstration.installation.keyring.record_key(RecordRole.CREDENTIAL)
    )
    request = parse_request((demonstration.data / "request.json").read_bytes())
    from schemas.record.statement import format_statement

    signed.write_bytes(format_signed(sign1(format_statement(request), key.key_id, key.sign)))
    code, said = append(demonstration, signed)
    assert (code, "[statement-registrar]" in said) == (1, True)


def test_old_request_counts_for_nothing(demonstration: Demonstration) -> None:
    """A request signed twice, or overtaken by a later statement, is refused by its number."""
    data = demonstration.data
    first = ceremony(demonstration, "--role", "seal", "--state", "retired").read_bytes()
    taken = run(
        "hocba", "keys", "sign-statement", data / "request.json", "--yes", "--out", data / "signed.json",
        "--key", record_key_path(data / "keys", RecordRole.REGISTRAR), "--passphrase-file", data / "keys/passphrase",
    )  # fmt: skip
    assert (taken.returncode, "file-unwritten" in taken.stderr) == (1, True)
    (data / "signed.json").unlink()
    signed = ceremony(demonstration, "--role", "seal", "--state", "active")
    assert append(demonstration, signed)[0] == 0
    (data / "old.json").write_bytes(first)
    code, said = append(demonstration, data / "old.json")
    assert (code, "[statement-number]" in said) == (1, True)


def test_registrar_signs_only_what_is_shown_and_confirmed(
    demonstration: Demonstration, tmp_path: Path
) -> None:
    """Without a yes nothing is signed; the words name school, role, state and certificate."""
    data = demonstration.data
    request, out = data / "request.json", tmp_path / "signed.json"
    run("hocba", "issuer", "request", "--data", data, "--school", SCHOOL, "--role", "seal", "--out", request)
    said = json.loads(request.read_bytes())
    refused = run(
        "hocba", "keys", "sign-statement", request, "--key", record_key_path(data / "keys", RecordRole.REGISTRAR),
        "--passphrase-file", data / "keys" / "passphrase", "--out", out,
    )  # fmt: skip
    assert refused.returncode == 1
    assert not out.exists()
    for word in (SCHOOL, "con dấu / seal", "có hiệu lực / in force", said["certificate"]):
        assert word in refused.stdout
    certificate = demonstration.installation.keyring.signer(
        DocumentRole.SEAL, SCHOOL, now=demonstration.clock()
    ).certificate
    assert said["certificate"] == certificate.fingerprint(certificate.signature_hash_algorithm).hex()  # type: ignore[arg-type]


def test_lost_qr_key_touches_what_was_recorded_while_it_was_in_force(demonstration: Demonstration) -> None:
    """All three codes are listed, those from the named index on as lost; a status key touches no document."""
    first = demonstration.issuances()[2].log_index
    signed = ceremony(
        demonstration, "--role", "credential", "--state", "compromised", "--from-index", str(first)
    )
    assert append(demonstration, signed)[0] == 0
    data = ("--data", demonstration.data)
    keyring = demonstration.installation.keyring
    key = keyring.record_key(RecordRole.CREDENTIAL).public_key.hex()
    listed = run("hocba", "record", "affected", "--key", key[:16], *data).stdout
    assert (listed.count("/ good\n"), listed.count("NO LONGER TRUSTED\n")) == (2, 1)
    status = keyring.record_key(RecordRole.STATUS).public_key.hex()
    refused = run("hocba", "record", "affected", "--key", status, *data)
    assert (refused.returncode, "[issuer-signs-no-documents]" in refused.stderr) == (1, True)


@pytest.mark.parametrize("role", ["credential", "status"])
def test_key_that_was_replaced_can_be_declared_compromised(demonstration: Demonstration, role: str) -> None:
    """The key in `keys/` is another by then: the lost one is named by its hexadecimal, as the record lists it."""
    keyring, path = (
        demonstration.installation.keyring,
        record_key_path(demonstration.data / "keys", RecordRole(role)),
    )
    lost = keyring.record_key(RecordRole(role)).public_key.hex()
    passphrase = (demonstration.data / "keys" / "passphrase").read_bytes().strip()
    path.write_bytes(RecordKey.from_seed(b"\7" * 32).to_pem(passphrase))
    signed = ceremony(
        demonstration, "--role", role, "--state", "compromised", "--from-index", "3", "--key", lost[:16]
    )
    assert append(demonstration, signed)[0] == 0
    listed = run("hocba", "issuer", "list", "--data", demonstration.data).stdout
    (line,) = (line for line in listed.splitlines() if "compromised" in line)
    assert lost[:16] in line
    both = run(
        "hocba", "issuer", "request", "--data", demonstration.data, "--school", SCHOOL, "--role", role,
        "--out", demonstration.data / "no.json", *another_certificate(demonstration),
    )  # fmt: skip
    assert (both.returncode, (demonstration.data / "no.json").exists()) == (2, False)


def test_certificate_keeps_its_use(demonstration: Demonstration) -> None:
    """The principal's certificate is made a deputy's neither by default nor on purpose: it would cease to be his.

    By default the deputy's own is meant.
    """
    keyring = demonstration.installation.keyring
    principal = keyring.signer(DocumentRole.PRINCIPAL, SCHOOL, now=demonstration.clock())
    path, out = demonstration.data / "principal.pem", demonstration.data / "request.json"
    path.write_bytes(principal.certificate.public_bytes(Encoding.PEM))
    asked = (
        "hocba",
        "issuer",
        "request",
        "--data",
        demonstration.data,
        "--school",
        SCHOOL,
        "--role",
        "deputy",
    )
    unnamed = run(*asked, "--out", out)
    assert (unnamed.returncode, "[key-file-missing]" in unnamed.stderr) == (1, True)
    refused = run(*asked, "--out", out, "--certificate", path)
    assert (refused.returncode, "[statement-other-use]" in refused.stderr) == (1, True)
    assert not out.exists()


def test_statement_is_checked_for_the_index_at_which_it_stands(demonstration: Demonstration) -> None:
    """Another statement that comes between the check and the append is seen: the overtaken one is refused."""
    installation = demonstration.installation
    store = LogStore(installation.database)
    overtaken = retired(demonstration, Role.SEAL).statement
    first = said_next(demonstration, last_statement(entries(demonstration), Role.SEAL)).statement
    check = StatementCheck(overtaken, installation.log, installation.trust)
    asked: list[int] = []

    def overtaken_once(so_far: Sequence[bytes]) -> tuple[str, bytes]:
        found = check.entry_after(so_far)
        asked.append(len(so_far))
        if len(asked) == 1:
            installation.sequencer.append_statements([("first", first)])
        return found

    size = store.size
    with pytest.raises(SchemaError) as caught:
        installation.sequencer.append_checked(overtaken_once)
    assert (caught.value.code, asked, store.size) == ("statement-number", [size], size + 1)


def test_statement_stands_where_it_was_checked_while_documents_come(demonstration: Demonstration) -> None:
    """Entries that come between only move it: it is asked again with these alone, and appended after them."""
    installation = demonstration.installation
    store = LogStore(installation.database)
    seal = last_statement(entries(demonstration), Role.SEAL)
    statement = said_next(demonstration, seal, role=Role.DEPUTY, thumbprint=b"\1" * 32, number=1).statement
    check = StatementCheck(statement, installation.log, installation.trust)
    size, handed = store.size, list[int]()

    def with_others_between(so_far: Sequence[bytes]) -> tuple[str, bytes]:
        handed.append(len(so_far))
        found = check.entry_after(so_far)
        if len(handed) < 3:
            store.append([(f"other {len(handed)}", filler(9)[len(handed)])])
        return found

    assert installation.sequencer.append_checked(with_others_between) == size + 2
    assert handed == [size, 1, 1]
    assert store.size == size + 3
    with pytest.raises(ServiceError) as caught:
        installation.sequencer.append_checked(
            StatementCheck(statement, installation.log, installation.trust).entry_after
        )
    assert caught.value.code == "statement-known"
