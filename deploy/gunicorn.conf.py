"""gunicorn for the verifying service (docs/portal.md).

    gunicorn -c deploy/gunicorn.conf.py "verify.web.serve:application()"

Meant to stand behind a front that outlasts slow clients, as deploy/nginx.conf does: a worker's thread that waits for a
slow client verifies nothing.
"""

from __future__ import annotations

import os
from pathlib import Path

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

bind = f"{os.environ.get('HOCBA_VERIFY_HOST', '127.0.0.1')}:{os.environ.get('HOCBA_VERIFY_PORT', '8001')}"
# Verifying holds the processor: a process for each core. Twenty threads of each at most have an upload, which may wait
# for the sandbox; the others are left to look-ups, pages and health.
workers = int(os.environ.get("WEB_CONCURRENCY", os.cpu_count() or 1))
worker_class = "gthread"
threads = 32
# A file is answered within seven seconds; only a form of many documents takes longer, up to 20.
timeout = 30
graceful_timeout = 15
# Longer than the front keeps a connection that rests: a request must never meet one that is just being closed.
keepalive = 75
limit_request_line = 4094
limit_request_fields = 50
# Addresses hold serials: no access log here, and the front's leaves them out.
accesslog = None
errorlog = "-"
control_socket_disable = True
forwarded_allow_ips = "127.0.0.1"

_shared = os.environ.get("HOCBA_VERIFY_SHARED_METRICS")
if _shared:
    # Before any process imports the library. What an earlier run left would be counted again.
    Path(_shared).mkdir(parents=True, mode=0o700, exist_ok=True)
    for left in Path(_shared).glob("*.db"):
        left.unlink()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = _shared


def child_exit(_server: Arbiter, worker: Worker) -> None:
    """Forget what a worker that ended said of the present; its counts stay."""
    if _shared:
        from prometheus_client import multiprocess  # noqa: PLC0415 - only once the folder is known

        multiprocess.mark_process_dead(worker.pid)
