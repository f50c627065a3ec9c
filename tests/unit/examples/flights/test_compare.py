"""The comparison finds what differs: another value, a null, a status that does not fit."""

from typing import Any

import pytest

from examples.flights.compare import Served, compare

TRAINED = {"f1": {"n": 3, "mean": 0.3}}


def _found(n: Any, mean: Any, statuses: tuple[str, str] = ("present", "present")) -> list[str]:
    vector = Served("library", "f1", {"n": n, "mean": mean}, dict(zip(("n", "mean"), statuses, strict=True)))
    result = compare([vector], TRAINED, ["n", "mean"])
    assert (result.vectors, result.values) == (1, 2)
    return [mismatch.feature for mismatch in result.mismatches]


def test_equal_vectors_have_no_mismatch() -> None:
    assert _found(3, 0.1 + 0.2) == []


@pytest.mark.parametrize(("n", "mean", "wrong"), [(4, 0.3, "n"), (3, 0.3001, "mean"), (3, None, "mean")])
def test_another_value_is_a_mismatch(n: int, mean: float | None, wrong: str) -> None:
    assert _found(n, mean) == [wrong]


def test_a_status_that_does_not_fit_its_value_is_a_mismatch() -> None:
    assert _found(3, 0.3, ("present", "expired")) == ["mean"]


def test_a_value_served_where_training_has_none_is_a_mismatch() -> None:
    served = Served("library", "f1", {"n": 0}, {"n": "present"})
    assert len(compare([served], {"f1": {"n": None}}, ["n"]).mismatches) == 1
