"""What every part of an estimate looks things up in, and the rates that several of them need."""

import math
from collections.abc import Iterable
from decimal import Decimal
from functools import cached_property
from typing import Any

from cost import shapes
from cost.estimate.terms import SECONDS, Term, assumed
from cost.graphs import Declared, Graph
from cost.measured import Measured
from cost.metering import archive_line_bytes, counted_bytes, event_bytes
from cost.page_sizes import PageKind, page_kinds
from cost.quantities import Quantity
from cost.usage.assumptions import Usage
from headwater.registry import Registry, ViewSpec

ON_DEMAND_SHARDS = 4
"""What a stream on demand begins with."""
SHARD_RECORDS = 1_000
SHARD_BYTES = 1_000_000
HEADROOM = 2
"""A stream on demand takes twice its peak."""
POLLS_PER_S = 4
"""How often an event source mapping asks a shard for records, where it does not wait for a batch to fill."""


class Situation:
    """An environment under assumptions.

    Args:
        graph: What it declares.
        usage: What is assumed, without ranges.
        registry: Its definitions.
        measured: What was measured.
    """

    def __init__(self, graph: Graph, usage: Usage, registry: Registry, measured: Measured) -> None:
        self.graph = graph
        self.usage = usage
        self.registry = registry
        self.measured = measured
        self._quantities = dict(usage.quantities())

    @property
    def region(self) -> str:
        """Where events come in and lookups are answered."""
        return self.graph.region

    def of(self, kind: str, *, active: bool = False) -> list[Declared]:
        """Resources of a type; with ``active`` only those of the region that has the traffic."""
        return [each for each in self.graph.of(kind) if not active or each.region == self.region]

    def one(self, kind: str, **facts: Any) -> Declared | None:
        """The resource of a type, in the region with the traffic, that has some facts; None if none has."""
        for each in self.of(kind, active=True):
            if all(each.facts.get(name) == value for name, value in facts.items()):
                return each
        return None

    def function(self, component: str) -> Declared | None:
        """The function of a component, in the region with the traffic."""
        return next((each for each in self.of("Function", active=True) if each.component == component), None)

    def assume(self, key: str) -> Term:
        """An assumption as a term."""
        return assumed(key, self._quantities[key], self.usage.name)

    def value(self, key: str) -> float:
        """An assumption as a number; a percentage as its fraction."""
        quantity: Quantity = self._quantities[key]
        return float(quantity.share if quantity.unit == "percent" else quantity.value)

    @property
    def events_per_s(self) -> float:
        """Of all sources."""
        return sum(self.value(f"sources.{name}.events") for name in self.usage.sources)

    @cached_property
    def peak_shards(self) -> int:
        """Shards that the peak needs: those declared, or what a stream on demand comes to."""
        stream = self.one("Stream")
        if stream is None:
            return 0
        if stream.facts["mode"] == "PROVISIONED":
            return int(stream.facts["shardCount"])
        records = bytes_ = 0.0
        for name, source in self.usage.sources.items():
            peak = float(source.events.value * source.peak.value)
            records += peak
            bytes_ += peak * event_bytes(self.registry.sources[name], int(source.text.value))
        needed = max(records / SHARD_RECORDS, bytes_ / SHARD_BYTES) * HEADROOM
        return max(ON_DEMAND_SHARDS, math.ceil(needed))

    @cached_property
    def events_per_batch(self) -> float:
        """Events that the stream function is given at a time."""
        mapping = self.one("EventSourceMapping")
        if mapping is None or not self.events_per_s:
            return 1.0
        window_s = max(float(mapping.facts.get("maximumBatchingWindowInSeconds", 0)), 1 / POLLS_PER_S)
        per_shard = (
            self.events_per_s / max(self.peak_shards, 1) / mapping.facts.get("parallelizationFactor", 1)
        )
        return float(min(max(per_shard * window_s, 1.0), mapping.facts["batchSize"]))

    @property
    def batches(self) -> Decimal:
        """Batches a month."""
        return Decimal(str(self.events_per_s / self.events_per_batch * SECONDS))

    @property
    def views(self) -> Iterable[ViewSpec]:
        """Views whose pages are kept."""
        return self.registry.views.values()

    def text_bytes(self, source: str) -> int:
        """Length of a string's value."""
        return int(self.usage.sources[source].text.value)

    def kinds(self, view: ViewSpec) -> tuple[PageKind, ...]:
        """Pages that a view keeps for each entity."""
        entities = max(self.value(f"entities.{view.entity}.active"), 1.0)
        columns = tuple(self.registry.sources[view.source].columns.items())
        each = self.value(f"sources.{view.source}.events") / entities
        # To three digits, so that the same page is not encoded again for a rate that makes no difference.
        return page_kinds(view, columns, float(f"{each:.3g}"), self.text_bytes(view.source))

    def distinct(self, view: ViewSpec) -> float:
        """Entities among the events of a batch, for each event: those of one entity are written together."""
        entities = max(self.value(f"entities.{view.entity}.active"), 1.0)
        share = self.value(f"sources.{view.source}.events") / self.events_per_s if self.events_per_s else 0.0
        mine = max(self.events_per_batch * share, 1.0)
        return (
            float(min(entities * -math.expm1(mine * math.log1p(-1 / entities)) / mine, 1.0))
            if entities > 1
            else 1 / mine
        )

    @cached_property
    def archived(self) -> tuple[float, float]:
        """Bytes of an event in the archive's records: as they are, and as Firehose counts them."""
        total = self.events_per_s
        if not total:
            return 0.0, 0.0
        line = sum(
            self.value(f"sources.{name}.events") / total * self.line_bytes(name)
            for name in self.usage.sources
        )
        # Batches are of no whole number of events on average: between the two next to it.
        least = math.floor(self.events_per_batch)
        more = self.events_per_batch - least
        low, high = (counted_bytes(round(line), count) for count in (least, least + 1))
        return line, (low + (high - low) * more) / self.events_per_batch

    def line_bytes(self, source: str) -> int:
        """Bytes of an event's line in the archive."""
        return archive_line_bytes(self.registry.sources[source], self.text_bytes(source))

    def mean_hours(self) -> list[float]:
        """Rate of each hour of the day over all sources, as a multiple of the mean."""
        total = self.events_per_s
        parts = [
            [self.value(f"sources.{name}.events") * hour for hour in self.hours("sources", name)]
            for name in self.usage.sources
        ]
        return [sum(hour) / total if total else 1.0 for hour in zip(*parts, strict=True)]

    def hours(self, section: str, name: str) -> Iterable[float]:
        """Rate of each hour of the day, as a multiple of the mean."""
        found = self.usage.sources[name] if section == "sources" else self.usage.services[name]
        return shapes.hours(f"{section}.{name}.shape", found.shape)
