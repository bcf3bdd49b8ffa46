"""Making the keys that a real installation makes itself: the record's, the root's and the registrar's.

The record's four keys stay on the service's machine. Root and registrar have a passphrase of their own in their
folder, `offline/`, which is carried away whole: whoever takes over the service's machine later has neither. The
certificates that signers are held against come from their authorities, as files. Makes no log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from keys.keyring import DocumentRole, Keyring, RecordRole, record_key_path
from keys.record_key import RecordKey
from keys.secret_files import sync_folder, write_durably
from keys.signer import KeysError

_SECRET, _PUBLIC, _FOLDER = 0o600, 0o644, 0o700


def make_record_keys(
    folder: Path, *, anchors: Mapping[str, bytes], token_bytes: Callable[[int], bytes]
) -> tuple[Keyring, Keyring]:
    """Make the keys of a real installation in a new folder, laid out as `keys.keyring` says.

    Whoever asks gives the folder its name when all else is there: a crash leaves a folder that nobody uses.

    Args:
        folder: the keys folder; must not exist yet.
        anchors: PEM certificates by the name of their anchor set.
        token_bytes: randomness.

    Returns:
        The keyring of the service, and the one that opens root and registrar.

    Raises:
        KeysError: `anchors-unreadable`.
    """
    certificates = {name: _certificates(name, pem) for name, pem in anchors.items()}
    subfolders = [folder / name for name in ("anchors", "offline", "record", "intermediates", *DocumentRole)]
    for subfolder in (folder, *subfolders):
        subfolder.mkdir(_FOLDER)
    for name, loaded in certificates.items():
        pem = b"".join(one.public_bytes(Encoding.PEM) for one in loaded)
        write_durably(folder / "anchors" / f"{name}.pem", pem, mode=_PUBLIC)
    passphrases = {folder: _random_line(token_bytes), folder / "offline": _random_line(token_bytes)}
    for place, passphrase in passphrases.items():
        write_durably(place / "passphrase", passphrase + b"\n", mode=_SECRET)
    for role in RecordRole:
        passphrase = passphrases[folder / "offline" if role.is_offline else folder]
        key = RecordKey.from_seed(token_bytes(32))
        write_durably(record_key_path(folder, role), key.to_pem(passphrase), mode=_SECRET)
    for subfolder in (*subfolders, folder):
        sync_folder(subfolder)
    online, offline = (Keyring.open(folder, passphrase_file=place / "passphrase") for place in passphrases)
    return online, offline


def _random_line(token_bytes: Callable[[int], bytes]) -> bytes:
    return token_bytes(32).hex().encode("ascii")


def _certificates(name: str, pem: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise KeysError(
            "anchors-unreadable",
            f"Tệp chứng thư gốc {name} không phải PEM. Hãy tải lại từ tổ chức chứng thực và so vân tay với công bố.",
            f"The file of root certificates {name} is no PEM. Get it again from the authority, and compare its "
            "fingerprint with the published one.",
        ) from error
