"""What a region says of itself to health checks."""

from collections.abc import Sequence

import pytest

from headwater import names
from headwater.errors import UnavailableError
from headwater.names import HEALTH_PATH, LEADS_PATH
from headwater.online.memory import MemoryStore
from headwater.online.stores import Loaded, Stored, Write
from headwater.stream import pointer
from headwater.stream.health import HealthAnswer, RegionHealth
from headwater.stream.pointer import Pointer

HERE, THERE = "eu-west-1", "eu-central-1"


class _Lost(MemoryStore):
    """Answers nothing."""

    def read(self, keys: Sequence[str]) -> list[Stored | None]:
        raise UnavailableError(f"{len(keys)} keys not read")


class _InPart(MemoryStore):
    """Has lost the shard that is asked for."""

    def load(self, keys: Sequence[str], deadline_s: float | None = None) -> Loaded:  # noqa: ARG002 (nothing to wait for)
        return Loaded([None] * len(keys), frozenset(range(len(keys))))


def _pointing(region: str, *, is_open: bool = True) -> MemoryStore:
    table = MemoryStore()
    pointer.move(table, "test", Pointer(2, region, is_open, 0))
    return table


def _asked(path: str, *stores: MemoryStore) -> int:
    return _answer(path, *stores).status


def _answer(path: str, *stores: MemoryStore) -> HealthAnswer:
    return RegionHealth(stores, "test", HERE).answer(path)


def test_a_region_whose_stores_all_answer_is_well() -> None:
    assert _asked(HEALTH_PATH, MemoryStore(), MemoryStore()) == 200


@pytest.mark.parametrize("lost", [_Lost(), _InPart()])
def test_a_region_is_not_well_when_its_table_cannot_be_read(lost: MemoryStore) -> None:
    assert _asked(HEALTH_PATH, MemoryStore(), lost) == 503


@pytest.mark.parametrize("lost", [_Lost(), _InPart()])
def test_a_region_is_not_well_when_its_cache_cannot_be_read(lost: MemoryStore) -> None:
    assert _asked(HEALTH_PATH, lost, MemoryStore()) == 503


def test_a_region_leads_once_the_pointer_names_it() -> None:
    assert _asked(LEADS_PATH, MemoryStore(), _pointing(HERE)) == 200


@pytest.mark.parametrize(
    "table", [MemoryStore(), _pointing(THERE), _pointing(HERE, is_open=False)], ids=["none", "other", "held"]
)
def test_a_region_does_not_lead_where_producers_do_not_write(table: MemoryStore) -> None:
    assert _asked(LEADS_PATH, MemoryStore(), table) == 404


def test_a_region_that_cannot_read_the_pointer_does_not_say_that_it_leads() -> None:
    """The other one is taken out of service by its word."""
    broken = MemoryStore()
    broken.write([Write(names.pointer_key("test"), b"\xc1", 0, None)])
    assert (_asked(LEADS_PATH, _Lost()), _asked(LEADS_PATH, broken)) == (503, 503)


def test_why_a_region_cannot_tell_is_said_for_its_log_and_nothing_else_is() -> None:
    broken = MemoryStore()
    broken.write([Write(names.pointer_key("test"), b"\xc1", 0, None)])
    assert "keys not read" in _answer(HEALTH_PATH, _Lost()).reason
    assert "not read within 1 s" in _answer(HEALTH_PATH, _InPart()).reason
    assert names.pointer_key("test") in _answer(LEADS_PATH, broken).reason
    for path in (HEALTH_PATH, LEADS_PATH, "/v1/lookup"):
        assert _answer(path, MemoryStore()).reason == ""


def test_other_paths_are_unknown() -> None:
    assert _asked("/v1/lookup", MemoryStore()) == 404
