"""Assumptions that make no plan are refused by name."""

import pytest

from cost.capacity.commands import assumptions
from cost.errors import CapacityError


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ("replicas=-1", "replicas: found -1, expected a number that is not negative"),
        ("to_store_ms=-0.1", "to_store_ms: found -0.1, expected a number that is not negative"),
        ("stored_gb=inf", "stored_gb: found inf, expected a number that is not negative"),
        ("events_per_s=nan", "events_per_s: found nan, expected a number that is not negative"),
        ("stored_gb=0", "stored_gb: found 0.0, expected more than 0"),
        ("cached=1.5", "cached: found 1.5, expected a part from 0 to 1"),
        ("node_load=1", "node_load: found 1.0, expected more than 0 and less than 1"),
        ("threads=many", "found 'many', expected a number"),
        ("colour=red", "expected <name>=<value> with one of shape"),
    ],
)
def test_what_makes_no_plan_is_named(changed: str, said: str) -> None:
    with pytest.raises(CapacityError, match=said):
        assumptions([changed])
