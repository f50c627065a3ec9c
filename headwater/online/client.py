"""Lookups in the library: checked requests in, feature vectors out. `headwater.client` connects it."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from headwater.envelope import EnvelopeDecoder
from headwater.instants import to_us
from headwater.online.checks import EntityChecker, current_events, request_fields
from headwater.online.feature_vectors import FeatureVectors
from headwater.online.on_demand import OnDemandFeatures
from headwater.online.reader import FeatureReader
from headwater.online.serving_log import ServingLog
from headwater.online.vectors import Answer, Status
from headwater.registry import Registry, ViewSpec, content_hash


class _Service:
    """What requests for one service are checked and answered with."""

    def __init__(self, definitions: Registry, name: str) -> None:
        spec = definitions.service(name)
        self.views: list[ViewSpec] = definitions.views_of(spec)
        self.on_demand = OnDemandFeatures(definitions, name)
        self.check = EntityChecker(self.views)
        self.types = definitions.vector_types(spec)
        self.counts_current = any(view.include_current for view in self.views)


class FeatureClient:
    """Answers lookups from an environment's online stores.

    Safe to share between threads; connections are made when they are first needed, and kept.

    Args:
        reader: Reads the stored features.
        definitions: What requests are checked against.
        clock_us: Tells the time, in microseconds since the epoch.
        log: Takes a sample of what was served.

    Raises:
        RegistryError: A function on demand is not there, or is not the one that was compiled.
    """

    def __init__(
        self,
        reader: FeatureReader,
        definitions: Registry,
        clock_us: Callable[[], int] = lambda: time.time_ns() // 1000,
        log: ServingLog | None = None,
    ) -> None:
        self._reader = reader
        self._log = log
        self._clock_us = clock_us
        self._definitions = definitions
        self._version = content_hash(definitions)
        self._services = {name: _Service(definitions, name) for name in definitions.services}
        self._envelopes = EnvelopeDecoder(definitions)

    def get(
        self,
        service: str,
        entities: Sequence[Mapping[str, Any]],
        *,
        request: Mapping[str, Any] | None = None,
        current: Sequence[Mapping[str, Any] | None] | None = None,
        as_of: datetime | None = None,
        deadline_ms: float | None = None,
        request_id: str = "",
    ) -> FeatureVectors:
        """Look feature vectors up.

        Args:
            service: Name of a feature service.
            entities: One mapping of every entity key to a value per row; a null key is unknown.
            request: Request fields, for services with features on demand: one value for all rows, or a list of one
                per row.
            current: For services that count the event that asks: per row that event in its envelope, or None.
            as_of: Aware instant; events strictly before it count. None: now.
            deadline_ms: From now; what cannot be read by then has status ``unavailable``. None: the stores' own
                timeouts.
            request_id: By which the lookup is found in the serving log, if it is in the sample.

        Raises:
            RequestError: The request is wrong; its code says how.
            UnavailableError: Nothing could be read.
            CorruptValueError: A stored value is damaged; names its key.
        """
        deadline_s = None if deadline_ms is None else time.monotonic() + deadline_ms / 1000
        t_us = self._clock_us() if as_of is None else to_us(as_of)
        found = self._services[self._definitions.service(service).name]
        found.check(entities)
        fields = (
            request_fields(service, request, len(entities), found.on_demand.request)
            if request is not None or found.on_demand.request
            else {}
        )
        events = None
        if current is not None or found.counts_current:
            events = current_events(service, current, len(entities), found.views, self._envelopes, t_us)
        answer = self._reader.read(
            service, entities, t_us, events, is_now=as_of is None, deadline_s=deadline_s
        )
        if found.on_demand.views:
            _append_computed(answer, found.on_demand, fields)
        vectors = FeatureVectors(service, self._version, t_us, answer, found.types)
        if self._log is not None:
            self._log.offer(entities, vectors, request_id)
        return vectors

    async def get_async(
        self, service: str, entities: Sequence[Mapping[str, Any]], **options: Any
    ) -> FeatureVectors:
        """Like `get`, on a thread of the event loop's executor, so that the loop never waits for a store."""
        return await asyncio.to_thread(self.get, service, entities, **options)


def _append_computed(found: Answer, on_demand: OnDemandFeatures, fields: Mapping[str, Sequence[Any]]) -> None:
    """Add what is computed on demand; of a row that could not be read in full, it is as unavailable."""
    columns = list(zip(*found.values, strict=True))
    computed = on_demand.compute(dict(zip(found.features, columns, strict=True)), fields)
    inputs = [
        [found.features.index(feature) for feature in view.inputs.values()]
        for view in on_demand.views
        for _ in view.outputs
    ]
    found.features.extend(on_demand.features)
    for row, (values, statuses) in enumerate(zip(found.values, found.statuses, strict=True)):
        own: list[Any] = []
        said: list[Status] = []
        for feature, needed in zip(on_demand.features, inputs, strict=True):
            unread = any(statuses[place] == "unavailable" for place in needed)
            own.append(None if unread else computed[feature][row])
            said.append("unavailable" if unread else "missing" if own[-1] is None else "present")
        values.extend(own)
        found.statuses[row] = [*statuses, *said]
