"""Tests of `headwater.online.writer` at the limits of a page."""

from headwater.compiler import compile_services
from headwater.definitions import Aggregation, Entity, EventSource, FeatureService, FeatureView
from headwater.envelope import LoggedEvent
from headwater.online.changes import all_tilers
from headwater.online.memory import MemoryStore
from headwater.online.reader import FeatureReader
from headwater.online.writer import PageWriter
from headwater.windows import HOUR_US

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
                    features=[
                        Aggregation(column="text", function="last_n", n=20, window="1d", resolution="1h")
                    ],
                )
            ],
        )
    ]
)


def _event(number: int, time_us: int) -> LoggedEvent:
    text = f"{number:04}" + "x" * 252
    return LoggedEvent(
        "source", f"{number:064}", time_us, NOW_US, "shard", number, {"user": "a", "text": text}
    )


def test_a_page_full_of_moments_of_the_future_is_settled_rather_than_refused() -> None:
    """A producer whose clock is wrong must not block its shard."""
    [tiler] = all_tilers(REGISTRY)
    store = MemoryStore()
    events = [_event(number, NOW_US + number // 16 * HOUR_US + number % 16 + 1) for number in range(16 * 48)]
    writer = PageWriter(store, "test")
    assert writer.write(tiler.tile_set, tiler.collect(events).deltas, NOW_US) == len(events)
    answer = FeatureReader(store, REGISTRY, "test").read("service", [{"user": "a"}], NOW_US + 48 * HOUR_US)
    assert [text[:4] for text in answer.values[0][0]] == [f"{number:04}" for number in range(767, 747, -1)]
