"""Approximate distinct counts: HyperLogLog with 1,024 registers (standard error 3.25 %).

A sketch is a set of registers and nothing else, so that merging in any order and grouping gives
the same sketch and the same estimate everywhere. The hash is the first 64 bits of the MD5 of the
value's text: every engine has it (Spark, Trino and DuckDB as ``md5``).

Sources: Flajolet et al., "HyperLogLog" (2007) for the registers; Ertl, "New cardinality estimation
algorithms for HyperLogLog sketches" (2017), algorithm 6, for the estimate, which needs no
correction tables.
"""

from collections.abc import Iterable
from hashlib import md5
from math import inf, log, sqrt

Sketch = dict[int, int] | bytes
"""Registers that are not zero, by number; or all of them, one byte each, when there are many."""

PRECISION = 10
REGISTERS = 1 << PRECISION
MAX_RANK = 64 - PRECISION + 1
_DENSE_FROM = 256
ALPHA = 1 / (2 * log(2))


def register_of(text: str) -> tuple[int, int]:
    """Register of a value, and its rank: one more than the zeros that lead the rest of its hash."""
    hashed = int.from_bytes(md5(text.encode(), usedforsecurity=False).digest()[:8], "big")
    rest = hashed & ((1 << (64 - PRECISION)) - 1)
    return hashed >> (64 - PRECISION), MAX_RANK - rest.bit_length()


def sketch_of(value: object) -> Sketch:
    """Sketch of one value: a string, or an integer by its decimal text."""
    register, rank = register_of(str(value))
    return {register: rank}


def merge(left: Sketch, right: Sketch) -> Sketch:
    """Sketch of the values of both."""
    if isinstance(left, bytes) and isinstance(right, bytes):
        return bytes(map(max, left, right))
    if isinstance(left, bytes) or isinstance(right, bytes):
        dense, sparse = (left, right) if isinstance(left, bytes) else (right, left)
        registers = bytearray(dense)
        for register, rank in sparse.items():  # type: ignore[union-attr]  # the one that is not bytes
            registers[register] = max(registers[register], rank)
        return bytes(registers)
    merged = dict(left)
    for register, rank in right.items():
        merged[register] = max(merged.get(register, 0), rank)
    return _dense(merged) if len(merged) >= _DENSE_FROM else merged


def _dense(sparse: dict[int, int]) -> bytes:
    registers = bytearray(REGISTERS)
    for register, rank in sparse.items():
        registers[register] = rank
    return bytes(registers)


def estimate(sketch: Sketch) -> int:
    """Number of distinct values, rounded.

    >>> from functools import reduce
    >>> estimate(reduce(merge, map(sketch_of, range(1000))))
    1026
    """
    ranks = sketch if isinstance(sketch, bytes) else sketch.values()
    return estimate_ranks(_counted(ranks))


def _counted(ranks: Iterable[int]) -> list[int]:
    counts = [0] * (MAX_RANK + 1)
    for rank in ranks:
        counts[rank] += 1
    counts[0] = REGISTERS - sum(counts[1:])
    return counts


def estimate_ranks(counts: list[int]) -> int:
    """Estimate from how many registers have each rank, 0 to `MAX_RANK`."""
    total = REGISTERS * _tau(1 - counts[MAX_RANK] / REGISTERS)
    for rank in range(MAX_RANK - 1, 0, -1):
        total = 0.5 * (total + counts[rank])
    total += REGISTERS * _sigma(counts[0] / REGISTERS)
    return round(ALPHA * REGISTERS * REGISTERS / total)


def _sigma(share: float) -> float:
    if share == 1:
        return inf
    factor, total = 1.0, share
    while True:
        share *= share
        previous = total
        total += share * factor
        factor += factor
        if total == previous:
            return total


def _tau(share: float) -> float:
    if share in (0, 1):
        return 0.0
    factor, total = 1.0, 1 - share
    while True:
        share = sqrt(share)
        previous = total
        factor *= 0.5
        total -= (1 - share) ** 2 * factor
        if total == previous:
            return total / 3
