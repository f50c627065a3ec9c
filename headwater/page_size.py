"""How large a page of tiles can become, so that one that would not fit its online value is refused up front."""

from headwater import hyperloglog, windows
from headwater.expressions import MAX_STRING_BYTES

MAX_VALUE_BYTES = 390_000
"""Longest online value: what fits a DynamoDB item beside its key, and so the same everywhere."""

MAX_ID_BYTES = 64
"""Longest event id, in UTF-8; a UUID has 36."""

_NUMBER = 9
"""A number in MessagePack's widest form."""
_HEADER = 5
_TILE = 1 + 2 * _HEADER + _NUMBER
_REST = 4_096
"""What a page keeps beside its tiles: its version and the shards it has heard of."""


def state_bytes(state: str, column_type: str | None) -> int:
    """Most bytes of one state in MessagePack, of values of a column's type."""
    value = _HEADER + MAX_STRING_BYTES if column_type == "string" else _NUMBER
    stamped = _HEADER + _NUMBER + _HEADER + MAX_ID_BYTES + value
    kind, _, n = state.partition(":")
    sizes = {
        "count": _NUMBER,
        "sum": _HEADER + 2 * _NUMBER,
        "whole_sum": _HEADER + 3 * _NUMBER,
        "min": value,
        "max": value,
        "moments": _HEADER + 3 * _NUMBER,
        "first": stamped,
        "last": stamped,
        "last_n": _HEADER + int(n or 1) * stamped,
        "distinct": _HEADER + hyperloglog.REGISTERS,
    }
    return sizes[kind]


def page_bytes(states: int, *, row: bool) -> int:
    """Most bytes of a page whose tiles are settled, if the states of one tile take at most so many.

    A row has one tile, and its values twice.
    """
    return _REST + (2 if row else windows.TILES_PER_PAGE) * (_TILE + states)
