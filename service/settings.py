"""The settings of the issuing service, read from the environment and from `hocba.env` in the data folder.

No secret, key path, origin or host has a default (docs/settings.md).
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.errors import ServiceError

SETTINGS_FILE = "hocba.env"


class Settings(BaseSettings):
    """What an installation must be told; each field is the variable `HOCBA_` + its name."""

    model_config = SettingsConfigDict(env_prefix="HOCBA_", frozen=True, extra="ignore")

    data: Path
    """The data folder: database, record, keys, documents."""
    passphrase_file: Path
    """The file with the passphrase of the software keys; readable by its owner alone."""
    session_key_file: Path
    """The file with the key that signs the console's session cookies; readable by its owner alone."""
    origin: str
    """The origin of the log: NAME/PATH without a scheme. It never changes."""
    database_url: str = ""
    """`postgresql://…` of a server; empty for the SQLite file in the data folder."""
    qr_host: str
    """The host, with its port if need be, that QR codes point to."""

    @classmethod
    def load(cls, data: Path, *, file: str = SETTINGS_FILE) -> Self:
        """Read the settings of the installation in `data`; the environment wins over its `hocba.env`.

        Raises:
            ServiceError: `installation-missing`, `setting-missing`.
        """
        path = data / file
        if not path.is_file():
            raise ServiceError(
                "installation-missing",
                f"Thư mục {data} chưa được thiết lập. Hãy chạy: hocba demo --once --data {data}",
                f"The folder {data} has not been set up. Run: hocba demo --once --data {data}",
            )
        try:
            return cls(_env_file=path, data=data)
        except ValidationError as error:
            names = ", ".join(f"HOCBA_{fault['loc'][0]}".upper() for fault in error.errors())
            raise ServiceError(
                "setting-missing",
                f"Thiếu hoặc sai thiết lập {names}; xem docs/settings.md.",
                f"Missing or wrong setting {names}; see docs/settings.md.",
            ) from error
