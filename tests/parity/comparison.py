"""Values against the oracle, as closely as the contract says."""

from collections.abc import Sequence
from math import fsum
from typing import Any

from headwater import oracle
from headwater.envelope import LoggedEvent
from headwater.registry import FeatureSpec
from tests.parity.histories import History, Question, as_oracle

_TOLERANCE = 1e-9
_SMALLEST = 1e-300


class Findings:
    """What was compared, and what was not equal."""

    def __init__(self) -> None:
        self.values = 0
        self.mismatches: list[str] = []

    def compare(
        self,
        history: History,
        seen: Sequence[LoggedEvent],
        question: Question,
        values: Sequence[Any],
        *,
        as_known: bool = True,
    ) -> None:
        """Compare one vector with the oracle's over the events seen."""
        events = [as_oracle(event) for event in seen]
        current = question.current and as_oracle(question.current)
        for feature, found in zip(history.view.features, values, strict=True):
            asked = (history.view, feature, question.entity, question.t_us, events)
            expected = oracle.value(*asked, as_known=as_known, current=current)
            own = oracle.values(*asked, as_known=as_known, current=current)
            self.values += 1
            if not _same(feature, expected, found, own):
                self.mismatches.append(
                    f"{feature.name} ({feature.aggregate}) of {question.entity} at {question.t_us}: "
                    f"{found!r}, expected {expected!r}"
                )


def _same(feature: FeatureSpec, expected: Any, found: Any, values: Sequence[Any]) -> bool:
    """Equal; what was summed in floats, to a relative 1e-9 of the magnitude that was summed."""
    if expected is None or found is None or feature.aggregate not in _SCALES or feature.type != "float64":
        return bool(expected == found) and type(expected) is type(found)
    if feature.aggregate == "stddev":
        expected, found = expected**2, found**2
    scale = _SCALES[feature.aggregate]([abs(float(value)) for value in values])
    return isinstance(found, float) and abs(expected - found) <= _TOLERANCE * scale + _SMALLEST


def _mean_square(values: list[float]) -> float:
    return fsum(value * value for value in values) / len(values)


_SCALES: dict[str, Any] = {
    "sum": fsum,
    "mean": lambda values: fsum(values) / len(values),
    "variance": _mean_square,
    "stddev": _mean_square,
}
