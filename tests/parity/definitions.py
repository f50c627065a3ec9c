"""Generated definitions: one view over one source, with any features the contract has."""

from typing import Any

from hypothesis import strategies as st

from headwater.aggregates import AGGREGATES
from headwater.compiler import compile_services
from headwater.definitions import Aggregation, Entity, EventSource, FeatureService, FeatureView, col
from headwater.registry import Registry

COLUMNS = {
    "user": "string",
    "shop": "int64",
    "whole": "int64",
    "real": "float64",
    "text": "string",
    "flag": "bool",
    "due": "timestamp",
}
SOURCE = EventSource(name="source", columns=COLUMNS)
USER = Entity(name="user", keys={"user": "string"})
USERS = ("a", "b|/%", "é☃\U0001f30a", "")
SHOPS = (0, -7)
KEYS: tuple[dict[str, str], ...] = (
    {"user": "string"},
    {"shop": "int64"},
    {"user": "string", "shop": "int64"},
)

WINDOWS: tuple[dict[str, Any], ...] = (
    {"window": "10s", "resolution": "1s"},
    {"window": "1m", "resolution": "20s"},
    {"window": "1h"},
    {"window": "6h", "delay": "5m"},
    {"window": "1d", "resolution": "1h", "delay": "12h"},
    {"window": "7d"},
    {"window": "30d", "resolution": "5m"},
)
CHAINS = ((0,), (1,), (2, 3, 5), (3,), (4, 5), (6, 2, 4))
"""Windows that may stand in one view: their resolutions divide one another."""

DERIVED = {
    "scaled": col("real") * 2.5,
    "ratio": col("real") / col("whole"),
    "product": col("whole") * col("whole"),
}
_DERIVED_TYPES = {"scaled": "float64", "ratio": "float64", "product": "int64"}
CONDITIONS = (
    None,
    col("flag"),
    ~col("flag") | (col("whole") > 0),
    col("text").is_in(["x", "é"]) & ~col("real").is_null(),
    col("whole").fill_null(0) * 2 >= col("real"),
)
_COLUMN_TYPES: list[tuple[str | None, str | None]] = [(None, None), *COLUMNS.items(), *_DERIVED_TYPES.items()]
AGGREGATED = st.sampled_from(sorted(AGGREGATES)).flatmap(
    lambda function: st.tuples(
        st.sampled_from([column for column, kind in _COLUMN_TYPES if kind in AGGREGATES[function].states]),
        st.just(function),
    )
)
"""Every aggregate as often as any other, of any column it takes."""


@st.composite
def registries(draw: st.DrawFn) -> Registry:
    """Draw a service with one view."""
    chain = draw(st.sampled_from(CHAINS))
    chosen = draw(
        st.lists(
            st.tuples(AGGREGATED, st.sampled_from([None, *CONDITIONS])),
            min_size=2,
            max_size=6,
            unique_by=lambda each: each[0],
        )
    )
    features = [
        Aggregation(
            column=column,
            function=function,
            n=draw(st.integers(1, 4)) if function == "last_n" else None,
            where=condition,
            name=f"f{number}_{index}",
            **WINDOWS[index],
        )
        for index in chain
        for number, ((column, function), condition) in enumerate(chosen)
    ]
    counts_current = draw(st.booleans()) and not all(feature.delay for feature in features)
    view = FeatureView(
        name="view",
        entity=Entity(name="entity", keys=draw(st.sampled_from(KEYS))),
        source=SOURCE,
        features=features,
        derived=DERIVED,
        where=draw(st.sampled_from([None, None, col("due").is_null() | col("flag").fill_null(True)])),
        include_current=counts_current,
    )
    return compile_services([FeatureService(name="service", views=[view])])
