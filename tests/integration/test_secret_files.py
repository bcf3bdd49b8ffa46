"""Files that hold secrets, and the record's keys in them: read by their owner alone, never overwritten."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from keys.record_key import RecordKey
from keys.secret_files import read_passphrase, read_secret, sync_folder, write_durably
from keys.signer import KeysError
from schemas.signatures import key_id
from tests.support.record import ed25519_key, verify

PASSPHRASE = b"a line of random text"
SEED = bytes(range(32))


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that only its owner reads."""
    path = tmp_path / "secret"
    write_durably(path, b"hidden\n", mode=0o600)
    return path


def _key_file(path: Path, content: bytes) -> Path:
    write_durably(path, content, mode=0o600)
    return path


def test_writes_with_the_mode_asked_for(secret: Path) -> None:
    """The file is its owner's alone from its first moment, and holds what was written."""
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert read_secret(secret) == b"hidden\n"
    sync_folder(secret.parent)


def test_never_overwrites(secret: Path) -> None:
    """A second write is refused and changes nothing."""
    with pytest.raises(FileExistsError):
        write_durably(secret, b"other", mode=0o600)
    assert secret.read_bytes() == b"hidden\n"


def test_never_writes_through_a_link(tmp_path: Path) -> None:
    """A link left in the place of the new file is not followed."""
    target = tmp_path / "elsewhere"
    (tmp_path / "secret").symlink_to(target)
    with pytest.raises(FileExistsError):
        write_durably(tmp_path / "secret", b"hidden", mode=0o600)
    assert not target.exists()


def test_syncing_a_file_as_a_folder_is_an_error(secret: Path) -> None:
    """Only a folder is synced as one."""
    with pytest.raises(NotADirectoryError):
        sync_folder(secret)


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o777])
def test_any_right_of_others_is_refused(secret: Path, mode: int) -> None:
    """One bit for group or world is enough; the sentence says which command mends it."""
    secret.chmod(mode)
    with pytest.raises(KeysError) as refusal:
        read_secret(secret)
    assert refusal.value.code == "key-file-exposed"
    assert f"chmod 600 {secret}" in refusal.value.text.vi
    assert f"chmod 600 {secret}" in refusal.value.text.en


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_rights_of_the_owner_do_not_matter(secret: Path, mode: int) -> None:
    """A file that only its owner may use is read."""
    secret.chmod(mode)
    assert read_secret(secret) == b"hidden\n"


def test_missing_and_unreadable_files_are_named(tmp_path: Path) -> None:
    """What is not there is missing, what is a folder cannot be read; both by their last names alone."""
    for path, code in ((tmp_path / "nothing", "key-file-missing"), (tmp_path, "key-file-unreadable")):
        with pytest.raises(KeysError) as refusal:
            read_secret(path)
        assert refusal.value.code == code
        assert "/".join(path.parts[-3:]) in refusal.value.text.vi
        assert str(path) not in refusal.value.text.vi + refusal.value.text.en


def test_device_is_no_secret_file() -> None:
    """What is not a regular file is refused."""
    with pytest.raises(KeysError) as refusal:
        read_secret(Path(os.devnull))
    assert refusal.value.code == "key-file-exposed"


@pytest.mark.parametrize("content", [b"one line", b"one line\n"])
def test_passphrase_is_its_one_line(tmp_path: Path, content: bytes) -> None:
    """The newline at the end is not part of the passphrase."""
    assert read_passphrase(_key_file(tmp_path / "passphrase", content)) == b"one line"


@pytest.mark.parametrize("content", [b"", b"\n", b"one\ntwo\n", b"one line\n\n", b"\none line"])
def test_passphrase_of_no_or_several_lines_is_refused(tmp_path: Path, content: bytes) -> None:
    """An empty file, an empty line and several lines are no passphrase."""
    with pytest.raises(KeysError) as refusal:
        read_passphrase(_key_file(tmp_path / "passphrase", content))
    assert refusal.value.code == "passphrase-empty"


def test_record_key_comes_back_from_its_file(tmp_path: Path) -> None:
    """A key loaded from its encrypted file is the same key, under the same id, and its signatures hold."""
    key = RecordKey.from_seed(SEED)
    path = _key_file(tmp_path / "log.pem", key.to_pem(PASSPHRASE))
    loaded = RecordKey.load(path, passphrase=PASSPHRASE)
    assert (loaded.public_key, loaded.key_id) == (key.public_key, key_id(key.public_key))
    assert loaded.sign(b"message") == key.sign(b"message")
    verify(key.public_key, loaded.sign(b"message"), b"message")
    with pytest.raises(InvalidSignature):
        verify(ed25519_key("other").public_key, loaded.sign(b"message"), b"message")


def test_record_key_file_hides_the_seed() -> None:
    """The file is encrypted PKCS#8, and neither it nor the text of a key holds the seed."""
    key = RecordKey.from_seed(SEED)
    pem = key.to_pem(PASSPHRASE)
    assert pem.startswith(b"-----BEGIN " + b"ENCRYPTED PRIVATE KEY-----")
    assert repr(key) == f"RecordKey(public_key={key.public_key!r})"


def test_record_key_needs_its_passphrase(tmp_path: Path) -> None:
    """Another passphrase opens nothing."""
    path = _key_file(tmp_path / "log.pem", RecordKey.from_seed(SEED).to_pem(PASSPHRASE))
    with pytest.raises(KeysError) as refusal:
        RecordKey.load(path, passphrase=b"another")
    assert refusal.value.code == "passphrase-wrong"
    assert PASSPHRASE.decode() not in refusal.value.text.en


def test_what_is_no_encrypted_ed25519_key_is_refused(tmp_path: Path) -> None:
    """Damaged, unencrypted and other kinds of keys are refused."""
    p256 = generate_private_key(SECP256R1())
    plain = p256.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    other = p256.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSPHRASE))
    pem = RecordKey.from_seed(SEED).to_pem(PASSPHRASE)
    for number, content in enumerate((b"", b"no key", pem[: len(pem) // 2], plain, other)):
        path = _key_file(tmp_path / f"{number}.pem", content)
        with pytest.raises(KeysError) as refusal:
            RecordKey.load(path, passphrase=PASSPHRASE)
        assert refusal.value.code == "passphrase-wrong", number
