"""Entry point of the lookup function: a lookup request in, vectors or an error out."""

import json
from pathlib import Path
from time import perf_counter_ns
from typing import Any

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
from headwater.online.stores import ReadableStore
from headwater.online.tiers import TieredReads
from headwater.settings import Variables, open_stores
from lambdas.lookup import http_events
from lambdas.lookup.settings import LookupSettings

_FIRST_ERROR = 400
_REGISTRY = Path(__file__).parents[2] / "registry.json"


def _wire() -> tuple[Lookup, HttpApi]:
    settings = LookupSettings.read(Variables())
    definitions = registry.load(_REGISTRY)
    stores = open_stores(
        settings.stores,
        redis_url=settings.redis_url,
        table=settings.online_table,
        consistent=settings.consistent,
    )
    store: ReadableStore = TieredReads(stores)
    if settings.cache_entries:
        store = CachedReads(store, entries=settings.cache_entries, ttl_s=settings.cache_ttl_s)
    reader = FeatureReader(store, definitions, settings.environment)
    log = _serving_log(settings) if settings.served_sample else None
    lookup = Lookup(FeatureClient(reader, definitions, log=log))
    return lookup, HttpApi(lookup, definitions)


def _serving_log(settings: LookupSettings) -> ServingLog:
    import boto3  # noqa: PLC0415 (heavy: only for those who log)

    sink = FirehoseLines(boto3.client("firehose"), settings.served_stream)
    return ServingLog(sink, sample=settings.served_sample)


# Once per execution environment, while it starts: nothing is connected before the first request, so that
# an environment can also be restored from a snapshot.
_LOOKUP, _HTTP = _wire()


def handle(event: dict[str, Any], _context: object) -> Any:
    """Answer one lookup request, or one HTTP request; see `headwater.online.contract` for both sides."""
    started_ns = perf_counter_ns()
    if http_events.is_http(event):
        answer = http_events.answer(_HTTP, event)
        error = None if answer["statusCode"] < _FIRST_ERROR else answer["statusCode"]
        _say(started_ns, path=event.get("rawPath"), error=error)
        return answer
    found = _LOOKUP.answer(event)
    service = event.get("service") if isinstance(event, dict) else None
    _say(
        started_ns,
        service=service,
        error=found.error.code if isinstance(found, LookupFailure) else None,
    )
    return msgspec.to_builtins(found)


def _say(started_ns: int, **fields: Any) -> None:
    line = {**fields, "duration_ms": (perf_counter_ns() - started_ns) / 1e6}
    print(json.dumps(line))  # noqa: T201 (a function's log is its standard output)
