"""What is sent stays in memory: no upload touches a disk, not even for a moment and without a name."""

from __future__ import annotations

import io
from typing import IO

from flask import Request


class RequestInMemory(Request):
    """A request whose files lie in memory; how large it may be is limited before (`MAX_CONTENT_LENGTH`)."""

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002 - as werkzeug asks
        content_type: str | None,  # noqa: ARG002
        filename: str | None = None,  # noqa: ARG002
        content_length: int | None = None,  # noqa: ARG002
    ) -> IO[bytes]:
        # werkzeug's own writes what is larger than 500 KB to a temporary file.
        return io.BytesIO()
