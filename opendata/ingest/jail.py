"""Shuts the child in, before it imports a parser or opens the file.

What holds where: the resource limits and the end with the parent hold on every Linux. The system-call filter (no
sockets, no new programs, no tracing) needs seccomp, on x86-64 and ARM64; the file fence (Landlock) needs a kernel of
5.13 or later; the empty network of its own needs user namespaces. Each is taken when the kernel grants it, and the
reading says which held (`Reading.sandbox`). Needs no privilege. See docs/adr/0010-ingest-sandbox.md.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWIPC = 0x10000000, 0x40000000, 0x08000000

# The audit architecture and the numbers of the calls refused: socket, socketpair aside (it reaches nobody), execve,
# execveat, ptrace, process_vm_readv, process_vm_writev, io_uring_setup, bpf, unshare, setns, mount, keyctl, kexec_load.
_REFUSED = {
    "x86_64": (0xC000003E, (41, 59, 322, 101, 310, 311, 425, 321, 272, 308, 165, 250, 246)),
    "aarch64": (0xC00000B7, (198, 221, 281, 117, 270, 271, 425, 280, 97, 268, 40, 219, 104)),
}
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_FS_EXECUTE, _FS_WRITE, _FS_READ, _FS_READ_DIR = 1, 2, 4, 8
_FS_V1 = (1 << 13) - 1
_FS_TRUNCATE = 1 << 14


def limit_resources(*, memory: int, cpu: int, output: int, open_files: int) -> None:
    """Set the hard limits of this process; the address space is not limited, since parsers map far more than they use.

    RLIMIT_DATA counts private writable memory whether it is touched or only kept for later, and the allocator of DuckDB
    keeps several times what it uses (a table of 16,384 columns: 150 MB resident, 700 MB kept). So it gets twice the
    promise, as a stop for what would grow faster than anybody can watch; the parent watches what is resident, fifty
    times a second, and keeps the promise itself.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (2 * memory, 2 * memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (output, output))
    resource.setrlimit(resource.RLIMIT_NOFILE, (open_files, open_files))


def end_with_parent() -> None:
    """Ask the kernel to kill this process when its parent is gone, and to let nobody trace it."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    os.umask(0o077)


def empty_network() -> bool:
    """Move into a network of its own, with nothing in it; False where the kernel refuses."""
    return _libc.unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC) == 0


def fence_files(readable: Iterable[str], writable: Iterable[str]) -> bool:
    """Let this process read and write only beneath the given paths (Landlock); False where the kernel has none."""
    version = _libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    if version < 1:
        return False
    handled = _FS_V1 | (_FS_TRUNCATE if version >= 3 else 0)
    attributes = ctypes.create_string_buffer(struct.pack("=Q", handled), 8)
    fence = _libc.syscall(_LANDLOCK_CREATE, attributes, ctypes.c_size_t(8), ctypes.c_uint32(0))
    if fence < 0:
        return False
    rules = [(path, _FS_READ | _FS_READ_DIR) for path in readable]
    rules += [(path, handled & ~_FS_EXECUTE) for path in writable]
    try:
        for path, allowed in rules:
            if not Path(path).exists():
                continue
            fitting = allowed if Path(path).is_dir() else allowed & (_FS_READ | _FS_WRITE | _FS_TRUNCATE)
            handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
            rule = ctypes.create_string_buffer(struct.pack("=Qi", fitting, handle), 12)
            added = _libc.syscall(_LANDLOCK_ADD, fence, 1, rule, ctypes.c_uint32(0))
            os.close(handle)
            if added != 0:
                return False
        return _libc.syscall(_LANDLOCK_RESTRICT, fence, ctypes.c_uint32(0)) == 0
    finally:
        os.close(fence)


def refuse_calls() -> bool:
    """Refuse sockets, new programs and tracing from here on (seccomp); False where it cannot be set."""
    known = _REFUSED.get(platform.machine())
    if known is None:
        return False
    architecture, numbers = known
    load, equal, give = 0x20, 0x15, 0x06
    refuse = 0x00050000 | 1  # SECCOMP_RET_ERRNO | EPERM
    program = [(load, 0, 0, 4), (equal, 1, 0, architecture), (give, 0, 0, refuse), (load, 0, 0, 0)]
    program += [(0x35, 0, 1, 0x40000000), (give, 0, 0, refuse)]  # the second table of calls of x86-64 (x32)
    for number in numbers:
        program += [(equal, 0, 1, number), (give, 0, 0, refuse)]
    program.append((give, 0, 0, 0x7FFF0000))
    code = b"".join(struct.pack("=HBBI", *line) for line in program)
    body = ctypes.create_string_buffer(code, len(code))
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program), ctypes.addressof(body)), 16)
    return _libc.prctl(PR_SET_SECCOMP, 2, header, 0, 0) == 0


def close(*, limits: dict[str, int], readable: Iterable[str], writable: Iterable[str]) -> dict[str, bool]:
    """Shut everything that can be shut; returns what held. Called while there is one thread only."""
    end_with_parent()
    limit_resources(
        memory=limits["memory"], cpu=limits["cpu"], output=limits["output"], open_files=limits["open_files"]
    )
    system = ("/proc", "/sys/fs/cgroup", "/sys/devices/system/cpu", "/usr", "/lib", "/lib64", "/dev/urandom")
    python = (sys.prefix, sys.base_prefix, sys.exec_prefix)
    return {
        "resource_limits": True,
        "empty_network": empty_network(),
        "file_fence": fence_files((*readable, *system, *python), (*writable, "/dev/null")),
        "call_filter": refuse_calls(),
    }
