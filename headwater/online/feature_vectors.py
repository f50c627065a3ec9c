"""The answer of `headwater.online.client`, in whatever shape its caller works with."""

from collections.abc import Sequence
from datetime import datetime
from importlib import import_module
from typing import Any

from headwater.instants import from_us
from headwater.online.vectors import Answer, Status


class FeatureVectors:
    """Feature vectors of n entities.

    Attributes:
        service: The feature service.
        registry_version: Of the definitions they were made with.
        as_of_us: The instant they hold for, in microseconds since the epoch.
        features: Names, in the order of the vector.
        statuses: Per row, per feature: why the value is what it is.
        freshest_event_us: Event time of the latest event among what was read; None if there was none.
    """

    __slots__ = (
        "_types",
        "_values",
        "as_of_us",
        "features",
        "freshest_event_us",
        "registry_version",
        "service",
        "statuses",
    )

    def __init__(
        self, service: str, registry_version: str, as_of_us: int, answer: Answer, types: Sequence[str]
    ) -> None:
        self.service = service
        self.registry_version = registry_version
        self.as_of_us = as_of_us
        self.features: list[str] = answer.features
        self.statuses: list[Sequence[Status]] = answer.statuses
        self.freshest_event_us = answer.freshest_event_us
        self._values = answer.values
        self._types = types

    def __len__(self) -> int:
        """Number of rows."""
        return len(self._values)

    @property
    def as_of(self) -> datetime:
        """The instant they hold for."""
        return from_us(self.as_of_us)

    def values(self) -> list[list[Any]]:
        """Rows of plain values; instants are aware datetimes."""
        instants = [place for place, kind in enumerate(self._types) if "timestamp" in kind]
        if not instants:
            return self._values
        rows = [list(row) for row in self._values]
        for row in rows:
            for place in instants:
                row[place] = _instant(row[place])
        return rows

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary of feature to value per entity."""
        features = self.features
        return [dict(zip(features, row, strict=True)) for row in self.values()]

    def columns(self) -> dict[str, list[Any]]:
        """One list of n values per feature."""
        return {
            name: list(column)
            for name, column in zip(self.features, zip(*self.values(), strict=True), strict=True)
        }

    def to_numpy(self) -> dict[str, Any]:
        """One array of shape (n,) per feature: numbers as float64 with NaN for null, instants as ``datetime64[us]``."""
        # By name, not by an import: who does not ask for arrays does without NumPy.
        to_array = import_module("headwater.on_demand_calls").to_array
        return {
            name: to_array(list(column), kind)
            for name, column, kind in zip(
                self.features, zip(*self._values, strict=True), self._types, strict=True
            )
        }

    def to_arrow(self) -> Any:
        """A `pyarrow.Table` of n rows, typed as the features are."""
        # By name again: the offline store's libraries are not for every reader.
        vectors_table = import_module("headwater.offline.frames").vectors_table
        return vectors_table(self.features, self._types, self._values)


def _instant(value: Any) -> Any:
    if isinstance(value, list):
        return [from_us(each) for each in value]
    return None if value is None else from_us(value)
