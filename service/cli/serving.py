"""`hocba serve`: console, API and the public record over HTTP."""

from __future__ import annotations

from pathlib import Path

import click

from service.batches.worker import Worker
from service.cli.command import data_option, open_installation, refusals
from service.cli.trust import trust_tools
from service.demo import ISSUING_PORT, check_port_is_free
from service.trust import publish_trust_root


@click.command("serve")
@data_option
@click.option("--host", default="127.0.0.1", help="Address to listen on [127.0.0.1].")
@click.option("--port", default=ISSUING_PORT, help=f"Port to listen on [{ISSUING_PORT}].")
@refusals
def serve_issuing(*, data: Path, host: str, port: int) -> None:
    """Serve the issuing side: console, API and the public record."""
    from service.app import create_app  # noqa: PLC0415 - Flask is loaded only where pages are served
    from verify.web.serve import serve as serve_wsgi  # noqa: PLC0415

    check_port_is_free(port)
    installation = open_installation(data)
    # Beside the record, for whoever verifies to compare and to follow: an older installation has not published it.
    publish_trust_root(trust_tools(installation))
    installation.publish()
    installation.tending.start()
    Worker(installation).start()
    serve_wsgi(create_app(installation), host=host, port=port)
