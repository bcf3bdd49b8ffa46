"""What the commands of `hocba keys` share: clock, randomness, refusals as sentences, files never overwritten."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from keys.secret_files import sync_folder, write_durably
from keys.signer import KeysError
from schemas.errors import HocbaError

PUBLIC, SECRET = 0o644, 0o600
out_option = click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write."
)


def present_time() -> datetime:
    """Return the present time in whole seconds, UTC."""
    return datetime.now(UTC).replace(microsecond=0)


def random_bytes(count: int) -> bytes:
    """Return random bytes from the operating system."""
    return secrets.token_bytes(count)


def write_new(path: Path, content: bytes, *, mode: int = PUBLIC) -> None:
    """Write a file that is not there yet, durable when this returns.

    Raises:
        KeysError: `file-unwritten`.
    """
    try:
        write_durably(path, content, mode=mode)
        sync_folder(path.parent)
    except OSError as error:
        raise KeysError(
            "file-unwritten",
            f"Không ghi được {path} ({error.strerror}); không tệp nào bị ghi đè. Hãy chọn tên tệp khác.",
            f"{path} cannot be written ({error.strerror}); no file is overwritten. Choose another name.",
        ) from error


@contextmanager
def refusals() -> Iterator[None]:
    """Turn a refusal, or a file that cannot be read, into one sentence; never show a trace."""
    try:
        yield
    except HocbaError as error:
        raise click.ClickException(f"{error.text.vi}\n{error.text.en} ({error.code})") from error
    except OSError as error:
        raise click.ClickException(
            f"Không đọc được {error.filename}: {error.strerror}.\n"
            f"{error.filename} cannot be read: {error.strerror}. (file-error)"
        ) from error
