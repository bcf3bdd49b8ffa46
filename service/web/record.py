"""The public record as static files, for verifiers and mirrors; any web server may carry the folder as well."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, abort, send_from_directory

from schemas.record.tiles import CHECKPOINT_PATH
from service.tending import Health


def make_record(folder: Path, health: Health) -> Blueprint:
    """Return the routes below `/record/`, and those that tell how the service is."""
    record = Blueprint("record", __name__)

    @record.get("/record/<path:path>")
    def read(path: str) -> Response:
        """Return one file of the record: the checkpoint changes, nothing else ever does."""
        if any(part.startswith(".") for part in path.split("/")):
            abort(404)  # a file that is being written
        is_checkpoint = path == CHECKPOINT_PATH
        mimetype = "text/plain" if is_checkpoint else "application/octet-stream"
        response = send_from_directory(folder.absolute(), path, mimetype=mimetype)
        response.headers["Cache-Control"] = (
            "no-cache" if is_checkpoint else "public, max-age=31536000, immutable"
        )
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    @record.get("/healthz")
    def healthz() -> Response:
        """Say that the service answers."""
        return Response("ok\n", mimetype="text/plain")

    @record.get("/metrics")
    def metrics() -> Response:
        """Give the numbers that a monitor watches; they tell nothing about anybody."""
        return Response(health.metrics(), mimetype="text/plain")

    return record
