"""Where the embedded mode keeps its things. Addresses follow from the folder alone."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parents[2]
POSTGRES_PORT = 5432
# The kernel keeps a socket's path in 108 bytes (unix(7)); macOS allows 104.
SOCKET_PATH_LIMIT = 100
DATABASE = "tianshan"
OWNER = "tianshan"
TEST_OWNER = "tianshan_test"


class CannotStart(Exception):
    """The embedded mode cannot go on; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Places:
    """The folders and sockets under one `var/`."""

    var: Path

    @classmethod
    def from_environment(cls) -> Places:
        """Returns the places under VAR_DIR, or under `var/` beside manage.py."""
        return cls(Path(os.environ.get("VAR_DIR") or BASE_DIR / "var").resolve())

    @property
    def run(self) -> Path:
        """Returns the folder of the sockets; one under the temporary folder where its path would be too long."""
        own = self.var / "run"
        if len(os.fsencode(own / "pg" / f".s.PGSQL.{POSTGRES_PORT}.lock")) <= SOCKET_PATH_LIMIT:
            return own
        digest = hashlib.sha256(os.fsencode(self.var)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"tianshan-{os.getuid()}-{digest}"

    @property
    def postgres_socket(self) -> Path:
        """Returns the folder of PostgreSQL's socket; only its owner may enter."""
        return self.run / "pg"

    @property
    def redis_socket(self) -> Path:
        """Returns Redis's socket."""
        return self.run / "redis.sock"

    @property
    def logs(self) -> Path:
        """Returns the folder of the logs."""
        return self.var / "log"

    @property
    def marker(self) -> Path:
        """Returns the file that tells manage.py that this folder runs in the embedded mode."""
        return self.var / "embedded"

    def database(self, name: str = DATABASE, owner: str = OWNER) -> dict[str, object]:
        """Returns Django's DATABASES row for a database of the embedded PostgreSQL."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": name,
            "USER": owner,
            "HOST": str(self.postgres_socket),
            "PORT": str(POSTGRES_PORT),
        }

    def redis(self, number: int = 0) -> str:
        """Returns the address of one numbered database of the embedded Redis."""
        return f"unix://{self.redis_socket}?db={number}"

    def prepare(self) -> None:
        """Makes the folders.

        Raises CannotStart where `var/` cannot be written, or where someone else prepared the short folder.
        """
        try:
            for folder in (self.var, self.logs, self.var / "files", self.var / "mail", self.var / "tmp"):
                folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.var):
                pass
            # Others may pass through, as PostgreSQL's account must; both sockets are closed to them all the same.
            self.run.mkdir(mode=0o711, parents=True, exist_ok=True)
            self.marker.touch()
        except OSError as error:
            raise CannotStart(
                f"{self.var} 不可写（{error.strerror}），请检查目录权限，或用 VAR_DIR 指定其他目录。/ "
                f"{self.var} cannot be written ({error.strerror}): check its permissions, or set VAR_DIR."
            ) from error
        state = self.run.lstat()
        if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid():
            raise CannotStart(
                f"{self.run} 属于其他用户，请删除后重试。/ {self.run} belongs to someone else: remove it."
            )
