"""The parity suite finds faults: each of these, planted on purpose, is caught by one of its checks."""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from msgspec import structs

from headwater import aggregates, expressions, windows
from headwater.aggregates import StateKind
from headwater.offline import point_in_time, ranges, sorted_events
from headwater.online import changes, fills, pages, reader, rows
from headwater.online.fills import Fill
from headwater.online.memory import MemoryStore
from headwater.online.pages import NEVER_US
from headwater.online.rows import Row
from headwater.stream import processor
from headwater.windows import FOREVER_US, Bounds, Window
from tests.parity.checks import check_backfill, check_offline, check_online
from tests.parity.comparison import Findings
from tests.parity.histories import History, histories
from tests.parity.recovery import check_recovery

Check = Callable[[History, random.Random], Findings]

ENOUGH = 6_000
"""Histories until a search gives up. The rarest fault shows in one of 300: to miss it takes a chance of
one in 10⁸. Nothing fixes the seed, since Hypothesis draws from constants of the modules that happen to
be imported, so that a fixed one would differ from machine to machine all the same."""

_WAYS = 5
"""In which a history is recovered."""


def _online(history: History, chance: random.Random) -> Findings:
    return check_online(history, MemoryStore(), "test", chance)


def _backfilled(history: History, chance: random.Random) -> Findings:
    return check_backfill(history, MemoryStore(), "test", chance)


def _recovered(history: History, chance: random.Random) -> Findings:
    """Recover a history in one way after the other: to draw it takes four times as long as that does."""
    return next(
        (found for _ in range(_WAYS) if (found := check_recovery(history, chance)).mismatches), Findings()
    )


def _known(history: History, _chance: random.Random) -> Findings:
    return check_offline(history, "as_known")


def _head_sees_itself(t_us: int, window: Window) -> Bounds:
    found = _bounds(t_us, window)
    return found if window.delay_us else found._replace(until_us=t_us)


def _exact_tail(t_us: int, window: Window) -> Bounds:
    return _bounds(t_us, window)._replace(after_us=t_us - window.delay_us - window.length_us)


def _delay_forgotten(t_us: int, window: Window) -> Bounds:
    return _bounds(t_us, window._replace(delay_us=0))


def _doctored(keys: Sequence[str], values: Sequence[bytes | None], **fields: int) -> list[Row | None]:
    return [row and structs.replace(row, **fields) for row in _heads(keys, values)]


_bounds = windows.bounds
_heads = rows.heads
_slot_column = sorted_events.slot_column
_reduce_each = ranges._reduce_each
_states = aggregates._STATES

MUTATIONS: dict[str, tuple[Any, str, Any, Check]] = {
    "an event sees itself": (windows, "bounds", _head_sees_itself, _online),
    "the tail does not step": (windows, "bounds", _exact_tail, _online),
    "a delay is forgotten": (windows, "bounds", _delay_forgotten, _online),
    "a tile is closed on the left": (
        windows,
        "tile_of",
        lambda time_us, width_us: time_us // width_us,
        _online,
    ),
    "a repeated record counts again": (pages.Delta, "after", lambda delta, _reached: delta, _online),
    "a failed batch is acknowledged": (processor, "_first_of_each", lambda _records: [], _online),
    "what came later is not left out": (
        pages,
        "states_until",
        lambda tile, _until, _states: tile.settled,
        _online,
    ),
    "the event that asks is not recognised": (changes, "id_hash", lambda _event_id: 0, _online),
    "the event that asks is ignored": (reader, "_asking", lambda _plan, _entity, _event: None, _online),
    "a row holds although a value in it has expired": (
        rows,
        "heads",
        lambda keys, values: _doctored(keys, values, oldest_us=FOREVER_US),
        _online,
    ),
    "a row holds although it is newer than the instant": (
        rows,
        "heads",
        lambda keys, values: _doctored(keys, values, newest_us=NEVER_US),
        _online,
    ),
    "ties are broken by order of arrival": (
        _states,
        "last",
        StateKind(aggregates._stamped, lambda left, right: right if right[0] >= left[0] else left),
        _online,
    ),
    "the smaller of two states is lost": (_states, "max", StateKind(aggregates._value, min), _online),
    "a variance of two tiles forgets their means": (
        _states,
        "moments",
        StateKind(aggregates._moments, aggregates._add_each),
        _online,
    ),
    "a sketch forgets what it is merged with": (
        _states,
        "distinct",
        StateKind(aggregates._sketch, lambda left, _right: left),
        _online,
    ),
    "recovered events go by their own shard": (pages, "lane", lambda shard, _number: shard, _recovered),
    "all rounds of a recovery go by the same positions": (
        pages,
        "lane",
        lambda shard, _number: f"{shard}@1",
        _recovered,
    ),
    "a copied page does not say what it has": (
        pages,
        "lane",
        lambda shard, number: f"{shard} {number}",
        _recovered,
    ),
    "what a lost region wrote over is not given again": (
        pages.Delta,
        "lacking",
        lambda delta, reached, _epoch: delta.after(reached),
        _recovered,
    ),
    "a page that was written over looks like any other": (
        pages,
        "_has",
        lambda reached, change, _epoch: change.sequence <= reached.get(change.shard, -1),
        _recovered,
    ),
    "a page has all that lies behind where it begins": (
        pages,
        "_has",
        lambda reached, change, epoch: (
            change.sequence >= reached.get(pages.since(change.shard, epoch), 2**100)
        ),
        _recovered,
    ),
    "null counts as true": (
        expressions._OTHERS,
        "not",
        lambda inner: lambda row: not inner(row),
        _known,
    ),
    "a key is not escaped apart": (
        changes,
        "entity_reader",
        lambda _view, **_by: lambda values: str(values.get("user")),
        _online,
    ),
    "stream and backfill both take what arrived at the cut-over": (
        fills,
        "claim",
        lambda _store, _environment, tile_sets: dict.fromkeys(tile_sets, Fill()),
        _backfilled,
    ),
    "training sees what had not arrived": (
        point_in_time._Sight,
        "all_within",
        lambda _sight, _delay: True,
        _known,
    ),
    "training takes ties in any order": (
        sorted_events.SortedEvents,
        "_order_ties",
        lambda events, _ids: events.rows.sort() or None,
        _known,
    ),
    "training filters nothing": (
        sorted_events,
        "slot_column",
        lambda slot, table: _slot_column(structs.replace(slot, where=None), table),
        _known,
    ),
    "training reduces one position too few": (
        ranges,
        "_reduce_each",
        lambda ufunc, values, first, end, identity: _reduce_each(
            ufunc, values, first, np.where(end > first + 1, end - 1, end), identity
        ),
        _known,
    ),
}


class _Caught(Exception):  # noqa: N818 (what ends the search is a success)
    """A history on which a check found the fault."""


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str, Any], None]:
    """Return what puts a fault in the place of a function, or of an entry of a table."""

    def put(owner: Any, name: str, fault: Any) -> None:
        if isinstance(owner, dict):
            monkeypatch.setitem(owner, name, fault)
        else:
            monkeypatch.setattr(owner, name, fault)
        aggregates.state_kind.cache_clear()

    return put


@pytest.fixture(autouse=True)
def forget_states() -> Iterator[None]:
    """State kinds are kept once made; a planted one must not outlive its test."""
    yield
    aggregates.state_kind.cache_clear()


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_planted_fault_is_caught(mutation: str, plant: Callable[[Any, str, Any], None]) -> None:
    owner, name, fault, check = MUTATIONS[mutation]
    plant(owner, name, fault)

    @settings(max_examples=ENOUGH, database=None, phases=[Phase.generate])
    @given(histories(), st.builds(random.Random, st.integers(0, 2**32)))
    def search(history: History, chance: random.Random) -> None:
        try:
            mismatches = check(history, chance).mismatches
        except Exception as error:  # a fault that breaks the machinery is found as well
            raise _Caught from error
        if mismatches:
            raise _Caught

    with pytest.raises(_Caught):
        search()
