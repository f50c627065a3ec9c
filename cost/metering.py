"""What the work takes in the units that AWS counts, from the code that does the work.

Values are encoded, lines are written and keys are asked for by the library's own functions, filled
as the assumptions say; nothing here guesses how large a page is. Times cannot be had that way: they
are measured apart, see `cost.measured`.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, cast

import msgspec

from cost.errors import CostError
from cost.metered_units import FIREHOSE_RECORD_BYTES, rounded_up
from cost.typical import ENVIRONMENT, EVENT_ID, NOW_US, SEQUENCE, SHARD, typical
from headwater import windows
from headwater.envelope import LoggedEvent
from headwater.firehose import FirehoseLines
from headwater.instants import from_us
from headwater.online.feature_vectors import FeatureVectors
from headwater.online.reader import FeatureReader
from headwater.online.serving_log import ServingLog
from headwater.online.stores import Loaded
from headwater.registry import Registry, SourceSpec
from headwater.stream.sinks import FirehoseArchive

_INSTANTS = 28
_STEP_US = 6 * windows.HOUR_US + 7 * windows.MINUTE_US
"""Reads are counted at so many instants, which fall on every place of a page in a week."""


class LookupKeys(NamedTuple):
    """What one row of a lookup asks the store for, on average over the week.

    Attributes:
        widths: Keys by view and width of tiles.
        other: Keys that belong to no view, for the whole lookup.
    """

    widths: dict[tuple[str, str], float]
    other: float

    def of(self, view: str) -> float:
        """Keys of a view."""
        return sum(count for (name, _), count in self.widths.items() if name == view)


@lru_cache(maxsize=64)
def envelope_bytes(source: str, columns: tuple[tuple[str, str], ...], text_bytes: int) -> int:
    """Bytes of an event as a producer puts it on the stream: its envelope, and the key it is spread by."""
    data = typical(dict(columns), text_bytes)
    for column, kind in columns:
        if kind == "timestamp":
            data[column] = from_us(NOW_US)
    envelope = {"source": source, "event_id": EVENT_ID, "event_time": from_us(NOW_US), "data": data}
    return len(msgspec.json.encode(envelope)) + text_bytes


def event_bytes(source: SourceSpec, text_bytes: int) -> int:
    """As `envelope_bytes`, of a source."""
    return envelope_bytes(source.name, tuple(source.columns.items()), text_bytes)


class _Records:
    """Firehose, as far as it is asked for here: it keeps the sizes of the records it is given."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def put_record_batch(self, *, Records: Sequence[Mapping[str, bytes]], **_rest: Any) -> dict[str, Any]:  # noqa: N803 (boto3's name)
        self.sizes += [len(record["Data"]) for record in Records]
        return {"FailedPutCount": 0}

    def put(self, lines: Sequence[bytes]) -> None:
        self.sizes.append(sum(map(len, lines)))


@lru_cache(maxsize=64)
def counted_bytes(line_bytes: int, count: int) -> int:
    """Bytes that Firehose counts of a batch of lines, packed into records as the archive packs them."""
    taken = _Records()
    FirehoseLines(cast("Any", taken), "archive").put([bytes(line_bytes)] * count)
    return sum(rounded_up(size, FIREHOSE_RECORD_BYTES) for size in taken.sizes)


def archive_line_bytes(source: SourceSpec, text_bytes: int) -> int:
    """Bytes of an event's line in the archive, written by the archive itself."""
    stamps = [column for column, kind in source.columns.items() if kind == "timestamp"]
    data = typical(source.columns, text_bytes)
    taken = _Records()
    archive = FirehoseArchive(cast("Any", taken), "archive", {source.name: stamps})
    archive.put([LoggedEvent(source.name, EVENT_ID, NOW_US, NOW_US, SHARD, SEQUENCE, data)])
    return sum(taken.sizes)


_REQUEST = "c793869b-ee49-415b-a5b6-4fd21e8dedac"
_PLATFORM_LINES = (
    f"START RequestId: {_REQUEST} Version: 12\n",
    f"END RequestId: {_REQUEST}\n",
    f"REPORT RequestId: {_REQUEST}\tDuration: 128.83 ms\tBilled Duration: 129 ms\tMemory Size: 1769 MB\t",
    "Max Memory Used: 174 MB\t\n",
)


def platform_lines_bytes(function: str, system_log_level: str | None) -> int:
    """Bytes that Lambda itself logs of an invocation that went well.

    Args:
        function: Its name.
        system_log_level: That of its JSON logs; None: its logs are text, which has no levels.

    Raises:
        CostError: Nobody has measured what is logged at that level.

    >>> platform_lines_bytes("lookup", None), platform_lines_bytes("lookup", "WARN")
    (263, 0)
    """
    if system_log_level is None:
        return sum(map(len, _PLATFORM_LINES))
    if system_log_level != "WARN":
        raise CostError(
            f"function {function!r}: found systemLogLevel {system_log_level}, of which the size of Lambda's own lines is not "
            "known, expected WARN or logs as text; set it, or add its lines to cost/metering.py"
        )
    return 0


class _Asked:
    """A store that has nothing, and keeps the keys it was asked for."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def load(self, keys: Sequence[str], deadline_s: float | None = None) -> Loaded:  # noqa: ARG002 (nothing to wait for)
        self.keys += keys
        return Loaded([None] * len(keys))


@lru_cache(maxsize=64)
def _lookup_keys(key: str, registry: "_Held") -> LookupKeys:
    definitions = registry.registry
    service = definitions.service(key)
    asked = _Asked()
    reader = FeatureReader(asked, definitions, ENVIRONMENT)
    row = {key.name: _entity_value(key.type) for view in definitions.views_of(service) for key in view.keys}
    for at in range(_INSTANTS):
        reader.read(service.name, [row], NOW_US + at * _STEP_US, is_now=True)
    widths: dict[tuple[str, str], float] = {}
    other = 0
    for each in asked.keys:
        _, view, *rest = each.split("/")
        if view in service.views:
            place = (view, rest[-2])
            widths[place] = widths.get(place, 0) + 1
        else:
            other += 1
    return LookupKeys({place: count / _INSTANTS for place, count in widths.items()}, other / _INSTANTS)


class _Held:
    """A registry as a key of a cache: by identity, which is enough within one run."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def __hash__(self) -> int:
        return id(self.registry)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.registry is self.registry


def lookup_keys(registry: Registry, service: str) -> LookupKeys:
    """What one row of a lookup asks the store for, counted by asking."""
    return _lookup_keys(service, _Held(registry))


def _entity_value(kind: str) -> Any:
    return 1 if kind == "int64" else "x"


def answer(registry: Registry, service: str, count: int) -> FeatureVectors:
    """What a lookup of some rows answers, from a store that has nothing."""
    definitions = registry.service(service)
    keys = {key.name: key.type for view in registry.views_of(definitions) for key in view.keys}
    rows_asked = [
        {name: f"{at}" if kind == "string" else at for name, kind in keys.items()} for at in range(count)
    ]
    found = FeatureReader(_Asked(), registry, ENVIRONMENT).read(service, rows_asked, NOW_US, is_now=True)
    return FeatureVectors(service, "0" * 12, NOW_US, found, registry.vector_types(definitions))


def served_line_bytes(registry: Registry, service: str) -> int:
    """Bytes of one row's line in the serving log, written by the log itself."""
    taken = _Records()
    log = ServingLog(taken, sample=1, pause_s=0, clock_us=lambda: NOW_US)
    definitions = registry.service(service)
    entity = {
        key.name: _entity_value(key.type) for view in registry.views_of(definitions) for key in view.keys
    }
    log.offer([entity], answer(registry, service, 1), EVENT_ID)
    log.close()
    return taken.sizes[0]
