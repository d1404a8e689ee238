"""Files that appear whole or not at all."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(out_path: Path) -> Iterator[Path]:
    """Give a temporary name beside ``out_path`` to write to; at the end it is synced and takes the real name.

    After an error nothing stays, and a file that was there before is untouched.
    """
    part = out_path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        yield part
        sync(part)
        part.replace(out_path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync(out_path.parent)


def sync(path: Path) -> None:
    """Waits until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
