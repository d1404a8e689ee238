"""The account that PostgreSQL runs under: it refuses root, so root lends it an account that may do nothing else."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from portal.embedded.places import CannotStart

CANDIDATES = ("nobody", "postgres")
# Numbers of the capabilities in capabilities(7): pass over the permissions of files and folders.
CAPABILITIES = {"dac_override": 1, "dac_read_search": 2}


@dataclass(frozen=True, slots=True)
class Account:
    """An account to run as; `prefix` is put before each command where folders on the way are closed to it."""

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Runs a command as this account and returns what it said; never raises for its exit code."""
        drop = {} if self.prefix or os.getuid() != 0 else {"user": self.uid, "group": self.gid, "extra_groups": []}
        return subprocess.run(
            [*self.prefix, *command],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "Asia/Shanghai"},
            umask=0o077,
            **drop,  # type: ignore[call-overload]  # the three keywords are absent or all present
        )


def account_for(program: Path, *folders: Path) -> Account:
    """Returns the account to run a program as, which must reach every one of the folders.

    As root, folders on the way may be closed to other accounts (a clone under /root, a fresh mktemp -d). Their
    permissions are the owner's business, so they stay as they are: the database's process alone gets leave to pass
    them, by setpriv. Raises CannotStart where that cannot be had either.
    """
    if os.getuid() != 0:
        return Account(os.getuid(), os.getgid())
    known = {entry.pw_name: entry for entry in pwd.getpwall() if entry.pw_uid}
    entry = next((known[name] for name in CANDIDATES if name in known), None)
    if entry is None:
        raise CannotStart(
            "PostgreSQL 不能以 root 运行，本机也没有 postgres 或 nobody 账户，请用普通用户运行。/ "
            "PostgreSQL does not run as root and there is no postgres or nobody account: run as an ordinary user."
        )
    plain = Account(entry.pw_uid, entry.pw_gid)
    if _reaches(plain, program, *folders):
        return plain
    passing = Account(entry.pw_uid, entry.pw_gid, _passing_prefix(entry.pw_uid, entry.pw_gid))
    if passing.prefix and _reaches(passing, program, *folders):
        return passing
    folder = next((one for one in folders if not _reaches(plain, one)), program)
    raise CannotStart(
        f"账户 {entry.pw_name} 无法进入 {folder}，请把项目放到例如 /opt 之下，或对上级目录执行 chmod o+x。/ "
        f"The account {entry.pw_name} cannot enter {folder}: move the project to /opt, say, or chmod o+x what is above."
    )


def _reaches(account: Account, *paths: Path) -> bool:
    return all(account.run("test", "-x", str(path)).returncode == 0 for path in paths)


def _passing_prefix(uid: int, gid: int) -> tuple[str, ...]:
    """Returns the setpriv command that keeps, of root's powers, only the passing of folders."""
    setpriv = shutil.which("setpriv")
    status = Path("/proc/self/status")
    if setpriv is None or not status.exists():
        return ()
    held = int(next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("CapPrm")), 16)
    names = [f"+{name}" for name, bit in CAPABILITIES.items() if held >> bit & 1]
    if not names:
        return ()
    powers = ",".join(["-all", *names])
    return (
        setpriv,
        f"--reuid={uid}",
        f"--regid={gid}",
        "--clear-groups",
        # Without it access(2), by which PostgreSQL looks for its own program, would not count the powers kept.
        "--securebits=+no_setuid_fixup",
        f"--inh-caps={powers}",
        f"--ambient-caps={powers}",
        "--",
    )
