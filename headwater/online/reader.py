"""Reads feature vectors: the keys a request needs, one read of the store, and vectors put together.

What is under a key, and how it becomes values, is the business of `headwater.online.row_part` and
`headwater.online.tile_part`; what is computed on demand, of `headwater.online.on_demand`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain
from typing import Any, NamedTuple, Protocol

from headwater import names, windows
from headwater.envelope import LoggedEvent
from headwater.errors import RequestError, UnavailableError
from headwater.online import watermark
from headwater.online.changes import EntityOf, entities_reader, entity_reader
from headwater.online.row_part import RowPart
from headwater.online.stores import Loaded, ReadableStore
from headwater.online.tile_part import TilePart
from headwater.online.vectors import Answer, Cells, Status, unread
from headwater.online.watermark import Watermark
from headwater.online.writer import GRACE_US
from headwater.registry import Registry, ViewSpec

EntitiesOf = Callable[[Sequence[Mapping[str, Any]]], list[str | None]]


class _Instant(Protocol):
    """One part of a view as of an instant."""

    @property
    def suffixes(self) -> Sequence[str]:
        """Ends of the keys to read for each entity."""

    def cells(self, keys: Sequence[str], values: Sequence[bytes | None], event: LoggedEvent | None) -> Cells:
        """Values and statuses of one entity."""


class _Moment(NamedTuple):
    """When vectors are asked for: the instant, whether it is the present, and until when to wait."""

    t_us: int
    is_now: bool
    deadline_s: float | None


class _Part(NamedTuple):
    """Features of a view that are stored together: where in the view's vector, and how they are read."""

    prefix: str
    places: list[int]
    reads: RowPart | TilePart


class _ViewPlan(NamedTuple):
    """How the vector of one view is read."""

    view: ViewSpec
    parts: list[_Part]
    entities_of: EntitiesOf
    entity_of_event: EntityOf
    unknown: Cells

    @property
    def row_part(self) -> RowPart | None:
        """What reads the view, if it is one row and nothing else."""
        reads = self.parts[0].reads
        return reads if len(self.parts) == 1 and isinstance(reads, RowPart) else None


class _Read(NamedTuple):
    """One part of a view, read for some entities: what is stored, by entity, and keys that could not be read."""

    part: _Part
    instant: _Instant
    found: Mapping[str, tuple[Sequence[str], Sequence[bytes | None]]]
    unread: AbstractSet[str]


class FeatureReader:
    """Reads the stored features of feature services from one online store.

    Args:
        store: Where the pages are kept.
        registry: Definitions to read by; values of other versions have other keys.
        environment: First part of every key.
    """

    def __init__(self, store: ReadableStore, registry: Registry, environment: str) -> None:
        self._store = store
        self._registry = registry
        self._environment = environment
        self._plans: dict[str, list[_ViewPlan]] = {}
        self._features: dict[str, list[str]] = {}

    def read(
        self,
        service: str,
        entities: Sequence[Mapping[str, Any]],
        t_us: int,
        current: Sequence[LoggedEvent | None] | None = None,
        *,
        is_now: bool = False,
        deadline_s: float | None = None,
    ) -> Answer:
        """Return the vectors of a service at an instant.

        Args:
            service: Name of the service.
            entities: One mapping of entity key to value per row; a null key means an unknown entity.
            t_us: The instant; events strictly before it count.
            current: By row, the event that asks; it counts in views that include it, once.
            is_now: The instant is the present, which never lies behind the stream: that is not looked up.
            deadline_s: Instant of the monotonic clock; what is not read by then is ``unavailable``.

        Raises:
            RequestError: The service is unknown, or the stream is further past ``t_us`` than is kept.
            UnavailableError: Nothing at all could be read.
        """
        moment = _Moment(t_us, is_now, deadline_s)
        plans = self._plan(service)
        columns = [plan.entities_of(entities) for plan in plans]
        if len(plans) == 1 and current is None:
            [plan], [column] = plans, columns
            if plan.row_part is not None and None not in column and len(set(column)) == len(column):
                return self._read_rows(service, plan, plan.row_part, column, moment)
        reads = self._fetch(plans, columns, moment, events=current is not None)
        vectors = [
            _view_cells(plan, own, column, current)
            for plan, own, column in zip(plans, reads, columns, strict=True)
        ]
        freshest = [cells.freshest_event_us for view in vectors for cells in view]
        return Answer(
            list(self._features[service]),
            *_joined(vectors),
            max([time_us for time_us in freshest if time_us is not None], default=None),
        )

    def _read_rows(
        self, service: str, plan: _ViewPlan, part: RowPart, column: Sequence[str | None], moment: _Moment
    ) -> Answer:
        """The commonest lookup, by the shortest way: one view of latest values, every entity once."""
        prefix, [suffix] = plan.parts[0].prefix, part.suffixes
        keys = [f"{prefix}{entity}{suffix}" for entity in column]
        found = self._load(keys, moment)
        cells = part.at(moment.t_us, events=False).vectors(keys, found.values)
        for place in found.unread:
            cells[place] = unread(len(self._features[service]))
        freshest = [own.freshest_event_us for own in cells if own.freshest_event_us is not None]
        return Answer(
            list(self._features[service]),
            [own.values for own in cells],
            [own.statuses for own in cells],
            max(freshest, default=None),
        )

    def _plan(self, service: str) -> list[_ViewPlan]:
        plans = self._plans.get(service)
        if plans is None:
            views = self._registry.views_of(self._registry.service(service))
            plans = [_plan_view(view, self._environment) for view in views]
            self._features[service] = [
                names.qualified_feature(view.name, feature.name)
                for view in views
                for feature in view.features
            ]
            self._plans[service] = plans
        return plans

    def _fetch(
        self,
        plans: Sequence[_ViewPlan],
        columns: Sequence[Sequence[str | None]],
        moment: _Moment,
        *,
        events: bool,
    ) -> list[list[_Read]]:
        keys: list[str] = []
        asked = []
        for plan, column in zip(plans, columns, strict=True):
            entities = [entity for entity in dict.fromkeys(column) if entity is not None]
            own = []
            for part in plan.parts:
                instant: _Instant = part.reads.at(moment.t_us, events=events and plan.view.include_current)
                own.append((part, instant, entities, len(keys)))
                keys += [
                    f"{part.prefix}{entity}{suffix}" for entity in entities for suffix in instant.suffixes
                ]
            asked.append(own)
        found = self._load(keys, moment)
        missed = frozenset(keys[place] for place in found.unread)
        return [
            [
                _Read(
                    part,
                    instant,
                    _by_entity(entities, len(instant.suffixes), keys, found.values, start),
                    missed,
                )
                for part, instant, entities, start in own
            ]
            for own in asked
        ]

    def _load(self, keys: list[str], moment: _Moment) -> Loaded:
        """What is stored, and with it, unless the instant is the present, how far the stream has come."""
        if moment.is_now:
            return self._store.load(keys, moment.deadline_s) if keys else Loaded([])
        key = names.watermark_key(self._environment)
        found = self._store.load([*keys, key], moment.deadline_s)
        if len(keys) in found.unread:
            raise UnavailableError(
                f"key {key!r}: not read in time; without it no earlier instant is answered"
            )
        self._check_instant(watermark.decode(key, found.values[-1]), moment.t_us)
        return Loaded(found.values[:-1], found.unread)

    def _check_instant(self, mark: Watermark | None, t_us: int) -> None:
        if mark is not None and mark.arrival_us - t_us > GRACE_US:
            raise RequestError(
                "as_of_too_old",
                f"as_of is {(mark.arrival_us - t_us) // windows.SECOND_US} s behind the stream; "
                f"the online store answers exactly for the last {GRACE_US // windows.SECOND_US} s",
                "ask for a later instant, or build a training set, which reaches back as far as the event log",
            )


def _plan_view(view: ViewSpec, environment: str) -> _ViewPlan:
    parts = []
    for number, tile_set in enumerate(view.tile_sets):
        places = [place for place, feature in enumerate(view.features) if feature.tile_set == number]
        features = [view.features[place] for place in places]
        reads = RowPart(tile_set, features) if tile_set.is_row else TilePart(tile_set, features)
        prefix = names.page_prefix(environment, view.name, tile_set.version)
        parts.append(_Part(prefix, places, reads))
    zeros = [0 if feature.aggregate == "count" else None for feature in view.features]
    statuses: list[Status] = ["missing" if value is None else "present" for value in zeros]
    return _ViewPlan(
        view,
        parts,
        entities_reader(view),
        entity_reader(view, by_column=True),
        Cells(zeros, statuses, None),
    )


def _by_entity(
    entities: Sequence[str],
    size: int,
    keys: Sequence[str],
    values: Sequence[bytes | None],
    start: int,
) -> dict[str, tuple[Sequence[str], Sequence[bytes | None]]]:
    return {
        entity: (keys[begin : begin + size], values[begin : begin + size])
        for entity, begin in zip(entities, range(start, len(keys), size), strict=False)
    }


def _view_cells(
    plan: _ViewPlan,
    reads: Sequence[_Read],
    column: Sequence[str | None],
    current: Sequence[LoggedEvent | None] | None,
) -> list[Cells]:
    """One view's part of every row. Rows of one entity that nobody asks with are read once."""
    known: dict[str | None, Cells] = {None: plan.unknown}
    cells: list[Cells] = []
    for place, entity in enumerate(column):
        event = None
        if current is not None and plan.view.include_current and entity is not None:
            event = _asking(plan, entity, current[place])
        if event is not None and entity is not None:
            cells.append(_entity_cells(plan, reads, entity, event))
            continue
        if entity is not None and entity not in known:
            known[entity] = _entity_cells(plan, reads, entity, None)
        cells.append(known[entity])
    return cells


def _asking(plan: _ViewPlan, entity: str, event: LoggedEvent | None) -> LoggedEvent | None:
    """The event that asks, if it counts in a view: of its source, and of the row's entity."""
    if event is None or event.source != plan.view.source:
        return None
    return event if plan.entity_of_event(event.data) == entity else None


def _entity_cells(plan: _ViewPlan, reads: Sequence[_Read], entity: str, event: LoggedEvent | None) -> Cells:
    if len(reads) == 1:
        return _part_cells(reads[0], entity, event)
    values: list[Any] = [None] * len(plan.view.features)
    statuses: list[Status] = ["missing"] * len(values)
    freshest: list[int] = []
    for read in reads:
        cells = _part_cells(read, entity, event)
        for place, value, status in zip(read.part.places, cells.values, cells.statuses, strict=True):
            values[place], statuses[place] = value, status
        if cells.freshest_event_us is not None:
            freshest.append(cells.freshest_event_us)
    return Cells(values, statuses, max(freshest, default=None))


def _part_cells(read: _Read, entity: str, event: LoggedEvent | None) -> Cells:
    keys, values = read.found[entity]
    if not read.unread.isdisjoint(keys):
        return unread(len(read.part.places))
    return read.instant.cells(keys, values, event)


def _joined(views: Sequence[Sequence[Cells]]) -> tuple[list[list[Any]], list[Sequence[Status]]]:
    """Rows of all views side by side; no list is shared between rows."""
    if len(views) == 1:
        return [list(cells.values) for cells in views[0]], [cells.statuses for cells in views[0]]
    rows = list(zip(*views, strict=True))
    return (
        [list(_chained(cells.values for cells in row)) for row in rows],
        [list(_chained(cells.statuses for cells in row)) for row in rows],
    )


_chained: Callable[[Iterable[Sequence[Any]]], Iterable[Any]] = chain.from_iterable
