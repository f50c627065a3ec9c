"""Entry point of the lookup function: a lookup request in, vectors or an error out."""

import json
from pathlib import Path
from time import perf_counter_ns
from typing import Any, NamedTuple

import msgspec

from headwater import registry
from headwater.firehose import FirehoseLines
from headwater.online.cache import CachedReads
from headwater.online.client import FeatureClient
from headwater.online.contract import LookupFailure
from headwater.online.http import HttpApi
from headwater.online.lookup import Lookup
from headwater.online.reader import FeatureReader
from headwater.online.serving_log import ServingLog
from headwater.online.tiers import TieredReads
from headwater.settings import Variables, open_stores
from lambdas.lookup import http_events
from lambdas.lookup.settings import LookupSettings

_FIRST_ERROR = 400
_REGISTRY = Path(__file__).parents[2] / "registry.json"


class _Wired(NamedTuple):
    lookup: Lookup
    http: HttpApi
    cache: CachedReads | None
    log: ServingLog | None

    def counts(self) -> dict[str, int]:
        """What became of reads and of the serving log since this environment started."""
        counts = {} if self.cache is None else self.cache.counts._asdict()
        if self.log is not None:
            counts |= {"served_written": self.log.counts.written, "served_lost": self.log.counts.lost}
        return counts


def _wire() -> _Wired:
    settings = LookupSettings.read(Variables())
    definitions = registry.load(_REGISTRY)
    stores = open_stores(
        settings.stores,
        redis_url=settings.redis_url,
        table=settings.online_table,
        consistent=settings.consistent,
    )
    tiers = TieredReads(stores)
    cache = None
    if settings.cache_entries:
        cache = CachedReads(tiers, entries=settings.cache_entries, ttl_s=settings.cache_ttl_s)
    reader = FeatureReader(cache or tiers, definitions, settings.environment)
    log = _serving_log(settings) if settings.served_sample else None
    lookup = Lookup(FeatureClient(reader, definitions, log=log))
    return _Wired(lookup, HttpApi(lookup, definitions), cache, log)


def _serving_log(settings: LookupSettings) -> ServingLog:
    import boto3  # noqa: PLC0415 (heavy: only for those who log)

    sink = FirehoseLines(boto3.client("firehose"), settings.served_stream)
    return ServingLog(sink, sample=settings.served_sample)


# Once per execution environment, while it starts: nothing is connected before the first request, so that
# an environment can also be restored from a snapshot.
_WIRED = _wire()


def handle(event: dict[str, Any], _context: object) -> Any:
    """Answer one lookup request, or one HTTP request; see `headwater.online.contract` for both sides."""
    started_ns = perf_counter_ns()
    if http_events.is_http(event):
        answer = http_events.answer(_WIRED.http, event)
        error = None if answer["statusCode"] < _FIRST_ERROR else answer["statusCode"]
        _say(started_ns, path=event.get("rawPath"), error=error)
        return answer
    found = _WIRED.lookup.answer(event)
    service = event.get("service") if isinstance(event, dict) else None
    _say(
        started_ns,
        service=service,
        error=found.error.code if isinstance(found, LookupFailure) else None,
    )
    return msgspec.to_builtins(found)


def _say(started_ns: int, **fields: Any) -> None:
    line = {**fields, "duration_ms": (perf_counter_ns() - started_ns) / 1e6, **_WIRED.counts()}
    print(json.dumps(line))  # noqa: T201 (a function's log is its standard output)
