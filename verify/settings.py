"""The settings of the verifying service, read from the environment (docs/settings.md). None has a default but where to listen."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from verify.findings import VerifyError

PREFIX = "HOCBA_VERIFY_"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the verifying service must be told; each field is the variable `HOCBA_VERIFY_` + its name."""

    trust: Path
    """The trust root."""
    record: Path
    """The folder with a copy of the public record."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = 8001
    """Port to listen on."""

    @classmethod
    def load(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read the settings.

        Raises:
            VerifyError: `setting-missing`.
        """
        try:
            port = environment.get(f"{PREFIX}PORT", "8001")
            if not (port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
                raise KeyError(f"{PREFIX}PORT")
            return cls(
                trust=Path(environment[f"{PREFIX}TRUST"]),
                record=Path(environment[f"{PREFIX}RECORD"]),
                host=environment.get(f"{PREFIX}HOST", "127.0.0.1"),
                port=int(port),
            )
        except KeyError as error:
            raise VerifyError(
                "setting-missing",
                f"Thiếu hoặc sai thiết lập {error.args[0]}; xem docs/settings.md.",
                f"Missing or wrong setting {error.args[0]}; see docs/settings.md.",
            ) from error
