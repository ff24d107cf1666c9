"""MurmurHash64A, seed 0, as its author describes it, one text at a time; and texts that collide under it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice

MASK = 2**64 - 1
M = 0xC6A4A7935BD1E995
INVERSE = pow(M, -1, 2**64)


def murmur(data: bytes) -> int:
    value = len(data) * M & MASK
    whole = len(data) // 8 * 8
    for at in range(0, whole, 8):
        value = (value ^ mixed(int.from_bytes(data[at : at + 8], "little"))) * M & MASK
    if data[whole:]:
        value = (value ^ int.from_bytes(data[whole:], "little")) * M & MASK
    return finished(value)


def mixed(word: int) -> int:
    word = word * M & MASK
    word ^= word >> 47
    return word * M & MASK


def unmixed(word: int) -> int:
    word = word * INVERSE & MASK
    word ^= word >> 47
    return word * INVERSE & MASK


def finished(value: int) -> int:
    value ^= value >> 47
    value = value * M & MASK
    return value ^ value >> 47


def colliding_texts(number: int) -> list[str]:
    """Different texts of 16 printable characters that share one hash: the second word undoes what the first did."""
    return list(islice(_colliding(), number))


def _colliding() -> Iterator[str]:
    state = 0x0123456789ABCDEF
    for trial in count():
        first = b"%08d" % trial
        after = (16 * M & MASK ^ mixed(int.from_bytes(first, "little"))) * M & MASK
        second = unmixed(state ^ after).to_bytes(8, "little")
        if all(0x21 <= byte <= 0x7E for byte in second):
            yield (first + second).decode()
