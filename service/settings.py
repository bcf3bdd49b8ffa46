"""The settings of the issuing service, read from the environment and from `hocba.env` in the data folder.

No secret, key path, origin or host has a default (docs/settings.md).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError
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
    data_key_file: Path
    """The file with the key of the database's sensitive columns; readable by its owner alone."""
    origin: str
    """The origin of the log: NAME/PATH without a scheme. It never changes."""
    database_url: str = ""
    """`postgresql://…` of a server; empty for the SQLite file in the data folder."""
    time_server: str = ""
    """`HOST` or `HOST:PORT` of an SNTP server that the clock is held against before signing; empty for none."""
    qr_host: str
    """The host, with its port if need be, that QR codes point to."""
    console_url: str = ""
    """Where people reach the console, `https://HOST`, without a path: links of invitations begin with it."""
    family_url: str = ""
    """Where families reach this service, `https://HOST`, without a path; empty for no links."""
    smtp_server: Annotated[str, Field(pattern=r"^([A-Za-z0-9.-]+:[0-9]{1,5})?$")] = ""
    """`HOST:PORT` of the mail server that takes notices to families; empty for none."""
    smtp_security: Literal["starttls", "tls"] = "starttls"
    """How TLS begins there: by STARTTLS (port 587), or with the connection (port 465)."""
    smtp_user: str = ""
    """The name to sign in with there; empty where it asks for none."""
    smtp_password_file: Path | None = None
    """The file with the password; readable by its owner alone."""
    smtp_authority_file: Path | None = None
    """Certificates (PEM) of authorities that the mail server's is believed by, beside those of the system."""
    notices_from: str = ""
    """The address that notices come from."""
    mirror: str = ""
    """Where somebody else keeps a copy of the record: a folder, or `https://HOST/record`; empty for nowhere."""
    backup_recipient: str = ""
    """The public half of the key that opens backups, `age1…`; empty where none are made."""
    time_stamp_urls: str = ""
    """Addresses of time-stamp authorities (RFC 3161), separated by spaces, asked in this order; empty for none."""
    signature_time_stamps: str = ""
    """Whose signatures get a time stamp: `principal` (a deputy as well), `seal`, or both; empty for none."""
    ocsp_urls: str = ""
    """Addresses of OCSP responders (RFC 6960), separated by spaces, asked in this order; empty for none."""
    crl_urls: str = ""
    """Addresses of revocation lists (RFC 5280), separated by spaces; empty for none."""
    time_stamp_hours: Annotated[int, Field(ge=1, le=24 * 30)] = 24
    """How long a document may be on record before a time stamp covers it."""
    grace_minutes: Annotated[int, Field(ge=0, le=720)] = 0
    """How many minutes a signed document stands before it is recorded and released; 0 for at once."""
    max_batch: Annotated[int, Field(ge=1)] = 5000
    """The most documents that one request issues."""
    max_per_hour: Annotated[int, Field(ge=1)] = 10_000
    """The most documents that a school issues within an hour."""
    api_per_minute: Annotated[int, Field(ge=0)] = 600
    """The most requests that one access token may send to one server process in a minute; 0 for no limit."""

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
                f"Thư mục {data} chưa được thiết lập. Hãy chạy: hocba init --data {data} … "
                f"(chạy thử: hocba demo --once --data {data})",
                f"The folder {data} has not been set up. Run: hocba init --data {data} … "
                f"(to try it out: hocba demo --once --data {data})",
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
