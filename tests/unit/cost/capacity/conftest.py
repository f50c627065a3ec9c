"""A measurement made up of round numbers, so that plans can be reckoned by hand."""

import pytest

from cost.capacity.assumptions import Assumptions
from cost.capacity.curve import Planner
from cost.capacity.measured import SCHEMA, Distribution, Measured, Shape, Timed
from cost.prices.snapshot import Prices, load


def always(us: float) -> Distribution:
    """The same time, always."""
    return Distribution(us, [(0.0, us), (1.0, us)])


def shape(items: list[int], store_us: float) -> Shape:
    """A lookup that takes the library 100 µs, the function 200 and a container 400."""
    library, function, container = (
        Timed(always(us), always(us + 100), log_bytes=74) for us in (100.0, 200.0, 400.0)
    )
    return Shape(10, sum(items), items, 2_000, store_us, 1.0, library, function, container)


@pytest.fixture(scope="session")
def measured() -> Measured:
    """``one`` item of 1,000 bytes; ``four`` of 5,000, each of which is two read units when consistent."""
    return Measured(
        SCHEMA,
        "2026-01-02",
        "a machine",
        1_000,
        {"one": shape([1_000], 20.0), "four": shape([5_000] * 4, 30.0)},
        [],
    )


@pytest.fixture(scope="session")
def given() -> Assumptions:
    """Half full, one replica, little stored."""
    return Assumptions(shape="one", process_load=0.5, node_load=0.5, replicas=1, stored_gb=1.0)


@pytest.fixture(scope="session")
def planner(measured: Measured, given: Assumptions) -> Planner:
    """With the prices of the repository, on the day they were compared with their sources."""
    snapshot = load()
    return Planner(measured, given, Prices(snapshot, snapshot.date))
