"""How gunicorn serves the portal; the embedded mode uses this file, and production may (docs/adr)."""

import os
from pathlib import Path

wsgi_app = "portal.wsgi"
workers = int(os.environ.get("WEB_WORKERS") or 2)
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS") or 4)
timeout = 60
graceful_timeout = 20
keepalive = 5
# A worker is replaced after this many requests, not both at once: what leaks slowly never adds up.
max_requests = 2000
max_requests_jitter = 400
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # the heartbeat must not wait for a disk
control_socket_disable = True
accesslog = "-"
# No query string: what people search for is theirs. No user agent either.
access_log_format = '{"at": "%(t)s", "peer": "%(h)s", "method": "%(m)s", "path": "%(U)s", "status": %(s)s, "ms": %(M)s}'
