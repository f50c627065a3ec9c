"""What is said differently for Athena, which cannot run here: the arithmetic that its text relies on."""

import hashlib
import random
from datetime import UTC, datetime

import pytest

from headwater import hyperloglog
from headwater.instants import to_us

_LAST = to_us(datetime(2100, 1, 1, tzinfo=UTC))


def _unixtime(instant_us: int) -> float:
    """``to_unixtime`` as Trino computes it: a double of milliseconds, and one of the picoseconds beside."""
    milliseconds, microseconds = divmod(instant_us, 1_000)
    return milliseconds * 1.0 / 1_000 + microseconds * 1_000_000 * 1.0 / 1_000_000_000_000


def test_seconds_as_doubles_carry_every_microsecond() -> None:
    chance = random.Random(0)  # noqa: S311 (not for secrets)
    for _ in range(200_000):
        instant_us = chance.randrange(_LAST)
        whole = _unixtime(instant_us - instant_us % 1_000_000)
        assert int(whole) * 1_000_000 + round((_unixtime(instant_us) - whole) * 1_000_000) == instant_us


@pytest.mark.parametrize("text", ["", "x", "é", "-7", "9223372036854775807"])
def test_register_and_rank_come_from_two_words_of_the_hash(text: str) -> None:
    """What `states.register_of` and `states.rank_of` write in SQL, on the digits that ``to_hex(md5(...))`` gives."""
    digits = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()
    first, second = int(digits[:8], 16), int(digits[8:16], 16)
    rest = first % (1 << 22)
    rank = 23 - len(f"{rest:b}") if rest else 55 - len(f"{second:b}")
    register, expected = hyperloglog.register_of(text)
    assert (first - rest, rank) == (register << 22, expected)
