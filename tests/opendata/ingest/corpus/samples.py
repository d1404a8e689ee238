"""What a sample is, and the ways of spoiling bytes that all kinds share."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

READS, ERROR, ANY = "reads", "error", "any"


@dataclass(frozen=True, slots=True)
class Sample:
    """One file: what it is for, the name it is uploaded under, how to make it, and what must come of it."""

    about: str
    filename: str
    make: Callable[[], bytes]
    outcome: str = ANY
    code: str = ""


def sample(about: str, filename: str, content: bytes | str, outcome: str = ANY, code: str = "") -> Sample:
    """A sample of content that is small enough to be made at once."""
    made = content.encode() if isinstance(content, str) else content
    return Sample(about, filename, lambda: made, outcome, code)


def spoilt(about: str, filename: str, content: bytes, times: int) -> Iterator[Sample]:
    """The content with bytes flipped, cut out, doubled or cut short: whatever comes of it, it must be honest."""
    for number in range(times):
        dice = random.Random(f"{about}{number}")
        bent = bytearray(content)
        way = number % 4
        if way == 0:
            for _ in range(dice.randint(1, 20)):
                bent[dice.randrange(len(bent))] = dice.randrange(256)
        elif way == 1:
            del bent[dice.randrange(1, len(bent)) :]
        elif way == 2:
            at = dice.randrange(len(bent))
            del bent[at : at + dice.randint(1, 64)]
        else:
            at = dice.randrange(len(bent))
            bent[at:at] = bent[at : at + dice.randint(1, 64)]
        yield sample(f"{about}, spoilt {number}", filename, bytes(bent))


def bomb(
    name: str, block: bytes, times: int, *, head: bytes = b"", tail: bytes = b"", claim: int | None = None
) -> bytes:
    """A ZIP of one member that unpacks to a block many times over; made in no time, since the block is packed once."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    once = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = start + once * times + packer.compress(tail) + packer.flush()
    size = len(head) + len(block) * times + len(tail)
    return by_hand([(name, data, size if claim is None else claim, 8)])


def by_hand(members: list[tuple[str, bytes, int, int]], *, flags: int = 0x800, crc: int = 0) -> bytes:
    """A ZIP written by hand: (name, packed bytes, claimed size, method) for each member."""
    body, directory = b"", b""
    for name, data, size, method in members:
        raw = name.encode("utf-8", "surrogateescape")
        common = struct.pack("<HHHHHIIIHH", 20, flags, method, 0, 33, crc, len(data), size & 0xFFFFFFFF, len(raw), 0)
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + raw
        body += b"PK\x03\x04" + common + raw + data
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(body), 0)
    return body + directory + b"PK\x05\x06" + end
