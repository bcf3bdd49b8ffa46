"""The ceremony of the trust root: two holders on two machines, root keys that change, and what is refused."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from keys.cli import keys_group
from keys.record_key import RecordKey
from keys.root_holder import assemble, draft_after, read_proposal, sign_proposal
from keys.trust_root_text import describe_proposal
from schemas.errors import HocbaError, SchemaError
from schemas.record.envelope import format_envelope, parse_envelope
from schemas.record.trust_root_draft import content_digest, format_draft, parse_draft
from tests.support.certificates import party
from tests.support.demonstration import START as NOW
from tests.support.record import trust_root
from tests.support.time_stamps import TSA_ROOT, ended, time_stamps
from tests.support.trust_roots import FAR, fingerprint, in_days, signed, version
from verify.trust import accept_trust_root, load_trust_root, take_updates

CURRENT = version(1)


def holder(name: str) -> RecordKey:
    """Return the key called `name`, as a holder opens it."""
    return RecordKey.from_seed(sha256(name.encode()).digest())


def member(name: str) -> dict[str, str]:
    """Return the member of `root_keys` for the key called `name`."""
    key = holder(name)
    return {"key_id": key.key_id.hex(), "key": trust_root_key(key)}


def trust_root_key(key: RecordKey) -> str:
    """Return a public key as JSON has it."""
    return b64encode(key.public_key).decode()


def draft(**changes: object) -> bytes:
    """Return an edited draft of version 2."""
    members = json.loads(draft_after(CURRENT, now=NOW))
    return format_draft(members | changes)


def refused(act: Callable[[], object]) -> str:
    """Return the code of a refusal."""
    with pytest.raises(HocbaError) as caught:
        act()
    return caught.value.code


def test_draft_is_the_next_version_as_text() -> None:
    """The same but for the version and a year of validity; edited, it is read whatever its order and white space."""
    text = draft_after(CURRENT, now=NOW)
    expected = trust_root(version=2, expires=in_days(365, after=NOW))
    assert parse_draft(text) == expected
    shuffled = json.dumps(dict(reversed(json.loads(text).items()))).encode()
    assert content_digest(parse_draft(shuffled)) == content_digest(expected)
    with pytest.raises(SchemaError):
        parse_draft(draft_after(None, now=NOW))  # an empty first one says what is to be written


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"[]", "trust-root-draft-invalid"),
        (b"{", "trust-root-draft-invalid"),
        (b"\xff", "trust-root-draft-invalid"),
        (b'{"version": 2, "version": 3}', "trust-root-draft-invalid"),
        (draft().replace(b'"threshold": 2', b'"threshold": 2.0'), "trust-root-draft-invalid"),
        (b" " * ((1 << 20) + 1), "trust-root-draft-invalid"),
        (b"[" * 100_000, "trust-root-draft-invalid"),
        (draft(threshold=4), "trust-root-invalid"),
        (draft(extra=1), "trust-root-invalid"),
        (draft(root_keys=[{"key_id": "0" * 16, "key": trust_root_key(holder("root 1"))}]), "trust-root-invalid"),
        (draft(version=1), "trust-root-rollback"),
        (draft(version=3), "trust-root-gap"),
        (draft(test=False), "trust-root-test-changed"),
        (draft(expires="2024-01-01T00:00:00Z"), "trust-root-expiry-past"),
    ],
)  # fmt: skip
def test_refused_drafts(data: bytes, code: str) -> None:
    """What cannot become the next version is refused before anybody signs it."""
    assert refused(lambda: read_proposal(data, CURRENT, now=NOW)) == code


def test_two_holders_sign_apart_or_one_after_the_other() -> None:
    """Both ways give the same file, byte for byte, which verifiers take."""
    first = sign_proposal(read_proposal(draft(hosts=[]), CURRENT, now=NOW), holder("root 1"))
    apart = sign_proposal(read_proposal(draft(hosts=[]), CURRENT, now=NOW), holder("root 3"))
    after = sign_proposal(read_proposal(first, CURRENT, now=NOW), holder("root 3"))
    parts = [read_proposal(one, CURRENT, now=NOW) for one in (first, apart)]
    assert format_envelope(assemble(parts)) == after
    assert refused(lambda: assemble(parts[:1])) == "trust-root-threshold"


def test_other_content_is_never_put_together() -> None:
    """Two holders who signed different drafts are told, whatever the number of signatures."""
    parts = [
        read_proposal(
            sign_proposal(read_proposal(draft(hosts=hosts), CURRENT, now=NOW), holder(name)), CURRENT, now=NOW
        )
        for name, hosts in (("root 1", []), ("root 2", ["moi.example.vn"]))
    ]
    assert refused(lambda: assemble(parts)) == "trust-root-parts-differ"


def test_rotation_needs_both_sets_of_keys() -> None:
    """All three root keys are exchanged: two of the old and two of the new must sign, in any order."""
    new = [member(f"new root {n}") for n in (1, 2, 3)]
    data = draft(root_keys=new)
    for name in ("new root 1", "root 1", "root 2", "new root 3"):
        proposal = read_proposal(data, CURRENT, now=NOW)
        assert refused(lambda one=proposal: assemble([one])) == "trust-root-threshold"  # type: ignore[misc]
        data = sign_proposal(proposal, holder(name))
    assert len(assemble([read_proposal(data, CURRENT, now=NOW)]).signatures) == 4


def test_strangers_and_broken_signatures() -> None:
    """Another key signs nothing; its signature is left out; a broken one of a root key is refused by name."""
    proposal = read_proposal(draft(), CURRENT, now=NOW)
    assert refused(lambda: sign_proposal(proposal, holder("registrar"))) == "root-key-unknown"
    two = signed(proposal.root, "root 1", "stranger")
    assert read_proposal(two, CURRENT, now=NOW).signatures.keys() == {holder("root 1").key_id}
    broken = json.loads(two)
    for one in broken["signatures"]:
        one["signature"] = "A" * 86 + "=="
    data = json.dumps(broken, separators=(",", ":"), ensure_ascii=False).encode()
    assert refused(lambda: read_proposal(data, CURRENT, now=NOW)) == "signature-invalid"


def test_current_version_is_asked_for_and_checked() -> None:
    """Without the version in use nobody can say what follows it; a forged one is refused."""
    assert refused(lambda: read_proposal(draft(), None, now=NOW)) == "trust-root-current-missing"
    assert refused(lambda: read_proposal(draft(), version(1, "root 1"), now=NOW)) == "trust-root-threshold"


def test_words_say_every_change() -> None:
    """What is new, gone and kept; a warning where old documents lose what they rest on; names cannot play tricks."""
    tricky = party("Sở\u202e\x1b[31m giả")
    data = draft(
        registrars=[],
        hosts=["moi.example.vn", "hocba.example.vn"],
        anchors=[{"set": "test", "certificates": [tricky.anchor]}],
        root_keys=[member("root 1"), member("root 2"), member("new root 1")],
    )
    proposal = read_proposal(
        sign_proposal(read_proposal(data, CURRENT, now=NOW), holder("root 1")), CURRENT, now=NOW
    )
    words = describe_proposal(proposal, now=NOW)
    lines = words.splitlines()
    for line in (
        f"mã nội dung / content  {content_digest(proposal.root)}",
        "bản / version          1 → 2",
        f"hết hạn / expires      {FAR} → {in_days(365, after=NOW)} (365 ngày / days)",
        "  + moi.example.vn",
        "  = hocba.example.vn",
        "  − localhost:8001",
        f"  + {holder('new root 1').key_id.hex()}",
        f"  − {holder('root 3').key_id.hex()}",
        f"  − {holder('registrar').key_id.hex()}  HN-*",
        "đã ký / signed         bản đang dùng / in use 1/2, bản mới / new 1/2",
    ):
        assert line in lines
    assert "will not be trusted either" in words
    assert "\u202e" not in words
    assert "\x1b" not in words
    kept = read_proposal(draft(), CURRENT, now=NOW)
    assert "will not be trusted either" not in describe_proposal(kept, now=NOW)


def test_words_say_whose_time_stamps_are_believed() -> None:
    """Anchors and ends of time stamps are shown like all else, and what is left out altogether is shown as gone."""
    stamping = version(
        1, time_stamps=time_stamps(ended=[ended(TSA_ROOT, "2040-01-01T00:00:00Z")]).model_dump()
    )
    added = read_proposal(draft(time_stamps=time_stamps().model_dump(mode="json")), CURRENT, now=NOW)
    title, anchor = "dấu thời gian / time stamps", "anchors: CN=tsa: root  "
    words = describe_proposal(added, now=NOW)
    assert f"{title}\n  + {anchor}" in words
    assert "+ required_from: 2020-01-01T00:00:00Z" in words
    removed = read_proposal(draft(), stamping, now=NOW)
    words = describe_proposal(removed, now=NOW)
    assert f"{title}\n  − {anchor}" in words
    assert "2040-01-01T00:00:00Z" in words
    assert "will not be trusted either" in words


def test_nothing_that_is_signed_is_hidden() -> None:
    """Every value of a trust root is in the words, so that a holder signs nothing unseen."""
    proposal = read_proposal(draft(), CURRENT, now=NOW)
    words = describe_proposal(proposal, now=NOW)
    log, root = proposal.root.logs[0], proposal.root
    for value in (
        root.version, root.expires, root.threshold, *(one.key_id for one in root.root_keys),
        log.origin, log.log_key, log.clock_key, log.max_age, *log.school_prefixes,
        *(one.key_id for one in root.registrars), *root.hosts, *(one.set for one in root.anchors),
        *(one.name for one in root.algorithms), *(one.minimum_bits for one in root.algorithms),
    ):  # fmt: skip
        assert str(value) in words


def run(*arguments: str | Path) -> Result:
    """Run a command of `hocba keys` in this process: a ceremony has many."""
    return CliRunner().invoke(keys_group, [str(one) for one in arguments])


def _keys(*arguments: str | Path) -> str:
    done = run(*arguments)
    assert done.exit_code == 0, done.output
    return done.stdout


def _holders(folder: Path, *names: str) -> list[dict[str, str]]:
    """Make a key on the machine of each holder, and return the public halves that they hand in."""
    for name in names:
        (folder / name).mkdir()
    return [
        json.loads(
            _keys(
                "new", "--passphrase-file", folder / name / "passphrase", "--out", folder / name / "root.pem"
            )
        )
        for name in names
    ]


def _sign(folder: Path, name: str, file: Path, *current: str | Path) -> Path:
    """Let one holder sign on a machine of his own; return the file that he carries back."""
    out = folder / name / f"signed-{file.name}"
    _keys(
        "sign-trust-root", file, "--key", folder / name / "root.pem",
        "--passphrase-file", folder / name / "passphrase", "--out", out, "--yes", *current,
    )  # fmt: skip
    return out


def test_ceremony_by_commands(tmp_path: Path) -> None:
    """From nothing to version 2 with other root keys, by the commands, accepted and followed by a verifier."""
    an, binh, chi, dung = _holders(tmp_path, "an", "binh", "chi", "dung")
    log = dict[str, object]()
    for purpose in ("log", "clock"):
        options = ("--passphrase-file", tmp_path / "an" / "passphrase", "--out", tmp_path / f"{purpose}.pem")
        log |= json.loads(_keys("new", "--for", purpose, "--origin", "so.example/thu", *options))
    first = tmp_path / "draft-1.json"
    _keys("draft-trust-root", "--out", first)
    members = json.loads(first.read_bytes())
    members |= {"test": True, "root_keys": [an, binh], "hosts": ["kiem-tra.example"]}
    members["logs"] = [log | {"school_prefixes": ["01"], "max_age": 86400}]
    first.write_bytes(format_draft(members))
    signed_files = [_sign(tmp_path, name, first) for name in ("an", "binh")]
    one = tmp_path / "trust-root-1.json"
    said = _keys("assemble-trust-root", *signed_files, "--out", one)
    assert fingerprint(one.read_bytes()) in said
    accept_trust_root(one.read_bytes(), fingerprint(one.read_bytes()), tmp_path / "trust")

    second = tmp_path / "draft-2.json"
    _keys("draft-trust-root", one, "--out", second)
    members = json.loads(second.read_bytes())
    members["root_keys"] = [chi, dung]
    second.write_bytes(format_draft(members))
    current = ("--current", one)
    signed_files = [_sign(tmp_path, name, second, *current) for name in ("an", "binh", "chi")]
    two = tmp_path / "trust-root-2.json"
    few = run("assemble-trust-root", *signed_files, *current, "--out", two)
    assert (few.exit_code, "trust-root-threshold" in few.output, two.exists()) == (1, True, False)
    _keys(
        "assemble-trust-root",
        *signed_files,
        _sign(tmp_path, "dung", second, *current),
        *current,
        "--out",
        two,
    )
    take_updates(tmp_path / "trust", [two.read_bytes()])
    assert load_trust_root(tmp_path / "trust") == parse_envelope(two.read_bytes()).root
    # Nothing is overwritten, and no key file is open to others.
    again = run("assemble-trust-root", *signed_files, *current, "--out", two)
    assert (again.exit_code, two.stat().st_mode & 0o777) == (1, 0o644)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*.pem")} == {0o600}
    assert (tmp_path / "an" / "passphrase").stat().st_mode & 0o777 == 0o600


def test_holder_signs_only_what_is_shown_and_confirmed(tmp_path: Path) -> None:
    """Without a yes nothing is signed, and the digest to compare was shown."""
    _holders(tmp_path, "an")
    (tmp_path / "current.json").write_bytes(CURRENT)
    (tmp_path / "draft.json").write_bytes(draft())
    done = run(
        "sign-trust-root", tmp_path / "draft.json", "--current", tmp_path / "current.json",
        "--key", tmp_path / "an" / "root.pem", "--passphrase-file", tmp_path / "an" / "passphrase",
        "--out", tmp_path / "signed.json",
    )  # fmt: skip
    assert (done.exit_code, (tmp_path / "signed.json").exists()) == (1, False)
    assert content_digest(parse_draft(draft())) in done.stdout
    misused = run("new", "--for", "log", "--passphrase-file", tmp_path / "p", "--out", tmp_path / "k")
    assert (misused.exit_code, (tmp_path / "k").exists()) == (2, False)
