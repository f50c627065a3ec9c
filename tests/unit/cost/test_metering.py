"""Metered units are those of the code that does the work: a store that counts comes to the same."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from cost import metering
from cost.metered_units import item_bytes, rounded_up
from cost.page_sizes import page_kinds
from cost.typical import NOW_US, SEQUENCE, SHARD, typical
from headwater import names, windows
from headwater.envelope import LoggedEvent
from headwater.online.changes import Tiler
from headwater.online.memory import MemoryStore
from headwater.online.stores import Write
from headwater.online.writer import GRACE_US, PageWriter
from headwater.registry import SourceSpec, ViewSpec
from tests.costs import definitions

VIEWS = sorted(definitions().views)
TEXT_BYTES = 6
EACH_US = 100_000_000
"""An event of an entity every so often."""


class _Counting(MemoryStore):
    """Keeps the length of the last value of each key."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: dict[str, int] = {}
        self.writes = 0

    def write(self, writes: Sequence[Write]) -> list[bool]:
        self.sizes |= {write.key: len(write.value) for write in writes}
        self.writes += len(writes)
        return super().write(writes)


def _event(view: ViewSpec, source: SourceSpec, number: int, time_us: int) -> LoggedEvent:
    data = typical(source.columns, TEXT_BYTES)
    for key in view.keys:
        data[key.column] = "x" * TEXT_BYTES
    return LoggedEvent(source.name, f"e{number:035d}", time_us, time_us, SHARD, SEQUENCE + number, data)


@pytest.mark.parametrize("name", VIEWS)
def test_pages_are_as_large_as_the_stream_makes_them(name: str) -> None:
    """An entity's events of eight days, applied by the writer; its largest full page of each width is within 5 %."""
    view = definitions().views[name]
    source = definitions().sources[view.source]
    store = _Counting()
    writer = PageWriter(store, "prod")
    first_us = NOW_US - timedelta(days=8) // timedelta(microseconds=1)
    count = (NOW_US - first_us) // EACH_US
    for start in range(0, count, 200):
        events = [
            _event(view, source, number, first_us + number * EACH_US)
            for number in range(start, min(start + 200, count))
        ]
        for tile_set in view.tile_sets:
            deltas = Tiler(view, tile_set).collect(events).deltas
            writer.write(tile_set, deltas, events[-1].event_time_us)
    for kind in page_kinds(view, tuple(source.columns.items()), 1e6 / EACH_US, TEXT_BYTES):
        found = [size for key, size in store.sizes.items() if f"/{kind.width}/" in key]
        assert max(kind.full_bytes, *kind.written_bytes) == pytest.approx(max(found), rel=0.05)
        assert kind.key_bytes == pytest.approx(
            len(next(key for key in store.sizes if f"/{kind.width}/" in key)), abs=1
        )


@pytest.mark.parametrize("name", VIEWS)
def test_an_event_writes_as_many_pages_as_are_counted(name: str) -> None:
    view = definitions().views[name]
    source = definitions().sources[view.source]
    store = _Counting()
    for tile_set in view.tile_sets:
        PageWriter(store, "prod").write(
            tile_set, Tiler(view, tile_set).collect([_event(view, source, 1, NOW_US)]).deltas, NOW_US
        )
    assert store.writes == len(page_kinds(view, tuple(source.columns.items()), 0.01, TEXT_BYTES))


def test_more_events_never_make_a_page_smaller() -> None:
    view = definitions().views["airport_departures"]
    columns = tuple(definitions().sources[view.source].columns.items())
    sizes = [page_kinds(view, columns, rate, TEXT_BYTES)[0].full_bytes for rate in (0.0, 0.001, 0.01, 0.1)]
    assert sizes == sorted(sizes)


def test_a_lookup_asks_for_a_key_of_every_page_its_windows_need() -> None:
    """A row of latest values is one key; windows of seven days in hours are at least four pages of two days."""
    found = metering.lookup_keys(definitions(), "flight_delay")
    assert found.of("airport_weather") == 1
    assert 4 <= found.of("airport_landings") <= 5
    assert found.other == 0


def test_a_batch_is_packed_and_counted_in_whole_records_of_five_kilobytes() -> None:
    line = metering.archive_line_bytes(definitions().sources["departures"], TEXT_BYTES)
    assert metering.counted_bytes(line, 1) == 5120
    assert metering.counted_bytes(line, 100) == rounded_up(100 * line, 5120)
    # Records end at a megabyte.
    assert metering.counted_bytes(600_000, 2) == 2 * rounded_up(600_000, 5120)


def test_an_item_is_as_large_as_dynamodb_says() -> None:
    """Names k, v, r and e: four bytes; a key of 10, a value of 100, a revision of four digits: 3, an expiry of ten: 6."""
    assert item_bytes(10, 100) == 4 + 10 + 100 + 3 + 6


def test_a_key_is_as_long_as_the_library_makes_it() -> None:
    view = definitions().views["airport_weather"]
    [kind] = page_kinds(view, tuple(definitions().sources["weather"].columns.items()), 0.01, TEXT_BYTES)
    width = windows.format_duration(windows.FOREVER_US)
    key = names.page_keys("prod", view.name, view.tile_sets[0].version, width)("x" * TEXT_BYTES, 0)
    assert kind.key_bytes == len(key)


def test_pages_of_a_busy_entity_are_kept_as_far_as_windows_reach() -> None:
    """The page that is written to, and before it as many as the longest window and the grace after it span."""
    view = definitions().views["airport_departures"]
    columns = tuple(definitions().sources[view.source].columns.items())
    [tile_set] = view.tile_sets
    for kind, width_us, reach_us in zip(
        page_kinds(view, columns, 10.0, 6), tile_set.widths_us, tile_set.reaches_us, strict=True
    ):
        span_us = windows.TILES_PER_PAGE * width_us
        assert kind.kept == pytest.approx(1 + (reach_us + GRACE_US) / span_us), kind.width
        assert kind.kept > 1


def test_of_an_idle_entity_hardly_any_page_is_kept() -> None:
    """One event in a year: the page that it is written to."""
    view = definitions().views["airport_departures"]
    columns = tuple(definitions().sources[view.source].columns.items())
    kinds = page_kinds(view, columns, 1 / (365 * 86_400), 6)
    assert all(1 <= kind.kept < 1.2 for kind in kinds)
