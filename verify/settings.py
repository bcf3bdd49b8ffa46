"""The settings of the verifying service, read from the environment (docs/settings.md).

None has a default but where to listen, and where the index lies.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from verify.findings import VerifyError


class Settings(BaseSettings):
    """What the verifying service must be told; each field is the variable `HOCBA_VERIFY_` + its name."""

    model_config = SettingsConfigDict(env_prefix="HOCBA_VERIFY_", frozen=True)

    trust: Path
    """The trust root."""
    record: Path
    """The folder with a copy of the public record."""
    index: Path | None = None
    """The folder of the record's index; None: beside the record."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, Field(ge=1, le=65535)] = 8001
    """Port to listen on."""
    proxies: Annotated[int, Field(ge=0, le=8)] = 0
    """How many proxies of one's own stand before it: whose word on the client's address counts."""
    uploads_per_minute: Annotated[int, Field(ge=0)] = 300
    """Files and photos that one address may send in a minute without a token; 0: no limit."""
    lookups_per_minute: Annotated[int, Field(ge=0)] = 1200
    """Serials and QR codes that one address may ask for in a minute without a token; 0: no limit."""
    tokens: Path | None = None
    """The file of institutions' API tokens; None: nobody has one."""
    shared_metrics: Path | None = None
    """The folder where several processes keep what they count; None: each counts for itself."""

    @classmethod
    def load(cls) -> Self:
        """Read the settings.

        Raises:
            VerifyError: `setting-missing`.
        """
        try:
            return cls()
        except ValidationError as error:
            names = ", ".join(f"HOCBA_VERIFY_{fault['loc'][0]}".upper() for fault in error.errors())
            raise VerifyError(
                "setting-missing",
                f"Thiếu hoặc sai thiết lập {names}; xem docs/settings.md.",
                f"Missing or wrong setting {names}; see docs/settings.md.",
            ) from error
