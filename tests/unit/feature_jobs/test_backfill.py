"""Tests of `feature_jobs.backfill` and `fill`: what it refuses, and what it fills that the parity suite seldom draws."""

from typing import Any

import pytest

from feature_jobs.backfill import backfill
from feature_jobs.fill import SETTLING_US, check_reached
from headwater.compiler import compile_services
from headwater.definitions import Aggregation, Entity, EventSource, FeatureService, FeatureView
from headwater.envelope import LoggedEvent
from headwater.errors import InputError
from headwater.online import fills
from headwater.online.changes import all_tilers
from headwater.online.memory import MemoryStore
from headwater.online.reader import FeatureReader
from headwater.windows import HOUR_US
from tests.parity.histories import History
from tests.parity.logs import TableLog

NOW_US = 472_222 * HOUR_US
REGISTRY = compile_services(
    [
        FeatureService(
            name="service",
            views=[
                FeatureView(
                    name="view",
                    entity=Entity(name="user", keys={"user": "string"}),
                    source=EventSource(name="source", columns={"user": "string", "text": "string"}),
                    features=[Aggregation(column="text", function="count", window="6h")],
                )
            ],
        )
    ]
)
[NAME] = [tiler.name for tiler in all_tilers(REGISTRY)]


def _log(*texts: str | None) -> TableLog:
    events = []
    for number, text in enumerate(texts):
        time_us = NOW_US - HOUR_US + number
        data: dict[str, Any] = {"user": "a", "text": text}
        events.append(LoggedEvent("source", f"e{number}", time_us, time_us, "s", number, data))
    return TableLog(History(REGISTRY, events, []))


def test_strings_are_counted_and_nulls_are_not() -> None:
    store = MemoryStore()
    assert backfill(REGISTRY, _log("x", None, ""), [store], "test", NOW_US).pages > 0
    answer = FeatureReader(store, REGISTRY, "test").read("service", [{"user": "a"}], NOW_US + 1)
    assert answer.values == [[2]]


def test_what_the_stream_fills_alone_is_not_filled_again() -> None:
    store = MemoryStore()
    fills.claim(store, "test", [NAME])
    with pytest.raises(InputError, match="the stream fills it from its first event on"):
        backfill(REGISTRY, _log("x"), [store], "test", NOW_US)


def test_another_cut_over_is_refused_while_one_is_under_way() -> None:
    store = MemoryStore()
    fills.claim(store, "test", [NAME], NOW_US)
    with pytest.raises(InputError, match="leave the cut-over out to go on with it"):
        backfill(REGISTRY, _log("x"), [store], "test", NOW_US + 1)
    assert backfill(REGISTRY, _log("x"), [store], "test", None).pages > 0


def test_a_tile_set_no_stream_has_met_needs_a_cut_over() -> None:
    with pytest.raises(InputError, match="the stream has not met it yet"):
        backfill(REGISTRY, _log("x"), [MemoryStore()], "test", None)


def test_the_log_is_given_time_to_hold_what_arrived_up_to_the_takeover() -> None:
    store = MemoryStore()
    fills.claim(store, "test", [NAME], NOW_US)
    with pytest.raises(InputError, match="run the backfill at"):
        check_reached(REGISTRY, [store], "test", NOW_US + SETTLING_US - 1)
    check_reached(REGISTRY, [store], "test", NOW_US + SETTLING_US)
