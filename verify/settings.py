"""The settings of the verifying service, read from the environment (docs/settings.md).

None has a default but where to listen.
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
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, Field(ge=1, le=65535)] = 8001
    """Port to listen on."""

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
