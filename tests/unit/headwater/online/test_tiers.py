"""Tests of `headwater.online.tiers`, and of what a client answers of a store that is down in part."""

from collections.abc import Sequence

import pytest

from headwater.errors import UnavailableError
from headwater.online.stores import Loaded
from headwater.online.tiers import TieredReads


class Tier:
    """A store that has some keys, and cannot read others."""

    def __init__(self, has: str, unread: str = "") -> None:
        self.has = has
        self.unread = unread
        self.asked: list[str] = []

    def load(self, keys: Sequence[str], deadline_s: float | None = None) -> Loaded:  # noqa: ARG002 (answers at once)
        """Answer."""
        self.asked += keys
        if self.unread and set(keys) <= set(self.unread):
            raise UnavailableError("down")
        missed = frozenset(place for place, key in enumerate(keys) if key in self.unread)
        return Loaded([key.encode() if key in self.has else None for key in keys], missed)


def test_only_what_the_first_cannot_read_is_asked_of_the_next() -> None:
    first, second = Tier("ab", unread="cd"), Tier("cx")
    assert TieredReads([first, second]).load(["a", "c", "x", "d"]) == Loaded([b"a", b"c", None, None])
    assert second.asked == ["c", "d"]


def test_what_none_can_read_stays_unread() -> None:
    found = TieredReads([Tier("a", unread="bc"), Tier("b", unread="c")]).load(["a", "b", "c"])
    assert found == Loaded([b"a", b"b", None], frozenset({2}))


def test_when_nothing_at_all_is_read_the_reason_is_told() -> None:
    with pytest.raises(UnavailableError, match="down"):
        TieredReads([Tier("", unread="a"), Tier("", unread="a")]).load(["a"])
