"""Files that hold secrets: read only when nobody else on the machine can, written so that a crash leaves no half.

Knows nothing of what is in them.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from keys.signer import KeysError

_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_secret(path: Path) -> bytes:
    """Return the bytes of a secret file.

    Raises:
        KeysError: `key-file-missing`, `key-file-unreadable`, `key-file-exposed`.
    """
    named = _named(path)
    try:
        with path.open("rb") as file:
            # Asked of the open file, so that it cannot be exchanged between the question and the reading.
            mode = os.fstat(file.fileno()).st_mode
            secret = file.read()
    except FileNotFoundError as error:
        raise KeysError(
            "key-file-missing",
            f"Không có tệp {named}. Hãy lấy lại từ bản giữ riêng của thư mục khoá; khoá mới của trường: hocba signer.",
            f"There is no file {named}. Take it back from the copy of the keys; a school's new key: hocba signer.",
        ) from error
    except OSError as error:
        raise KeysError(
            "key-file-unreadable",
            f"Không đọc được tệp {named}. Hãy cho tài khoản chạy dịch vụ quyền đọc tệp này.",
            f"The file {named} cannot be read. Give the account of the service the right to read it.",
        ) from error
    if not stat.S_ISREG(mode) or mode & _FOR_OTHERS:
        raise KeysError(
            "key-file-exposed",
            f"Người khác trên máy đọc được tệp {path}. Hãy chạy: chmod 600 {path}",
            f"Others on this machine can read the file {path}. Run: chmod 600 {path}",
        )
    return secret


def _named(path: Path) -> str:
    """Return a file by its last names: people at a school read it too, whom the machine's folders do not concern."""
    return "/".join(path.parts[-3:])


def read_passphrase(path: Path) -> bytes:
    """Return the passphrase in a secret file: its one line without the newline.

    Raises:
        KeysError: as `read_secret`; `passphrase-empty`.
    """
    passphrase = read_secret(path).removesuffix(b"\n")
    if not passphrase or b"\n" in passphrase:
        raise KeysError(
            "passphrase-empty",
            f"Tệp mật khẩu {path} phải có đúng một dòng và không được rỗng.",
            f"The passphrase file {path} must hold exactly one line, which is not empty.",
        )
    return passphrase


def write_durably(path: Path, content: bytes, *, mode: int) -> None:
    """Write a new file and fsync it; the caller fsyncs the folder (`sync_folder`) once all are written.

    Raises:
        FileExistsError: a secret is never overwritten.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
