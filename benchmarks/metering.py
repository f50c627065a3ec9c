"""Times and file counts that the cost estimates multiply: written into ``cost/measured.json``.

A lookup and a batch of the stream do all their work here except the network's: Redis is on this
machine, and DynamoDB is a store in memory. What ingestion leaves in a bucket is counted in the
emulator, by listing.
"""

import json
import platform
import random
import statistics
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import psutil

from benchmarks import harness
from cost.measured import FILE, Measured
from cost.typical import SEQUENCE, SHARD
from feature_jobs.ingest import ingest
from feature_jobs.landing import BucketLanding
from headwater import names, registry, windows
from headwater.envelope import EnvelopeDecoder, LoggedEvent
from headwater.instants import from_us
from headwater.offline.event_log import IcebergEventLog, open_glue_catalog
from headwater.online.client import FeatureClient
from headwater.online.lookup import Lookup
from headwater.online.memory import MemoryStore
from headwater.online.reader import FeatureReader
from headwater.online.redis import RedisStore
from headwater.registry import Registry
from headwater.stream.metrics import metrics_line
from headwater.stream.processor import StreamProcessor
from headwater.stream.records import StreamRecord
from headwater.stream.sinks import DeadLetter, archive_line
from tests import servers

_REGISTRY = "features/registry.json"
_SERVICE = "flight_delay"
_ENTITIES = 200
_EVENTS = 60_000
_SPREAD_US = 7 * windows.DAY_US
"""Events lie in the longest window, so that pages are filled."""
_BATCH = 500
_LOOKUPS = 2_000
_ROWS = 11
_RUNS = 3
_BUCKET = "metering"
_MS = 1000


class _Archive:
    """Makes the lines, and keeps them."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def put(self, events: Sequence[LoggedEvent]) -> None:
        self.lines += [archive_line(event, ()) for event in events]


class _Letters:
    """Nothing may get here."""

    def put(self, letters: Sequence[DeadLetter]) -> None:
        raise harness.UnequalError(f"{len(letters)} records of the benchmark are no events")


def bench(scale: float, scratch: Path) -> None:
    """Measure, and write ``build/bench/metering.json``; at full scale ``cost/measured.json``, too."""
    definitions = registry.load(harness.ROOT / _REGISTRY)
    with ExitStack() as stack:
        port = stack.enter_context(servers.redis_server(scratch))
        store = RedisStore.from_url(f"redis://127.0.0.1:{port}", timeout_s=30)
        archive = _Archive()
        stream = _stream(definitions, store, archive, int(_EVENTS * scale))
        looked_up = _lookups(definitions, store, int(_LOOKUPS * scale))
        endpoint_url = stack.enter_context(servers.emulator(scratch / "emulator"))
        commits = _commits(definitions, archive.lines, endpoint_url)
    found = Measured(
        measured=datetime.now(UTC).date(),
        machine=_machine(),
        registry=_REGISTRY,
        **stream,
        **looked_up,
        **commits,
    )
    content = msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"
    harness.save("metering", [json.loads(content)])
    if scale == 1:
        FILE.write_bytes(content)
    for name, value in msgspec.structs.asdict(found).items():
        print(f"{name}: {value}")  # noqa: T201 (what a benchmark shows)


def _stream(definitions: Registry, store: RedisStore, archive: _Archive, count: int) -> dict[str, float]:
    now_us = time.time_ns() // 1_000
    records = [_record(definitions, number, count, now_us) for number in range(count)]
    processor = StreamProcessor(
        definitions, EnvelopeDecoder(definitions), [store, MemoryStore()], archive, _Letters(), "bench"
    )
    batches = [records[start : start + _BATCH] for start in range(0, count, _BATCH)]
    report = processor.process(batches[0])
    whole_ms = _undisturbed(_ms(processor.process, batch) for batch in batches[1:])
    # Small ones, of records not seen yet, say what a batch takes beside its events.
    few = [[_record(definitions, count + number, count, now_us)] for number in range(200)]
    one_ms = _undisturbed(_ms(processor.process, batch) for batch in few)
    event_ms = (whole_ms - one_ms) / (_BATCH - 1)
    line = metrics_line(report, "bench", now_us // 1_000)
    return {
        "stream_event_ms": round(event_ms, 4),
        "stream_batch_ms": round(max(one_ms - event_ms, 0.0), 3),
        "stream_log_bytes": float(len(line) + 1),
    }


def _record(definitions: Registry, number: int, count: int, now_us: int) -> StreamRecord:
    sources = sorted(definitions.sources.values(), key=lambda source: source.name)
    source = sources[number % len(sources)]
    # Of a number's own, so that files are not smaller than those of real events.
    chance = random.Random(number)  # noqa: S311 (no secret)
    made: dict[str, Callable[[str], Any]] = {
        "string": lambda column: f"{column[:3]}{chance.randrange(_ENTITIES):03d}",
        "int64": lambda _column: chance.randrange(10_000),
        "float64": lambda _column: round(chance.gauss(20, 60), 1),
        "bool": lambda _column: chance.random() < 0.1,
        "timestamp": lambda _column: from_us(now_us - chance.randrange(10**9)),
    }
    data = {column: made[kind](column) for column, kind in source.columns.items()}
    envelope = {
        "source": source.name,
        "event_id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "event_time": from_us(now_us - _SPREAD_US * max(count - number, 0) // count),
        "data": data,
    }
    return StreamRecord(SHARD, SEQUENCE + number, f"{number}", now_us, msgspec.json.encode(envelope))


def _lookups(definitions: Registry, store: RedisStore, count: int) -> dict[str, float]:
    lookup = Lookup(FeatureClient(FeatureReader(store, definitions, "bench"), definitions))
    keys = {
        key.name: key.column
        for view in definitions.views_of(definitions.service(_SERVICE))
        for key in view.keys
    }

    def ask(number: int, rows: int) -> None:
        entities = [
            {key: f"{column[:3]}{(number + row) % _ENTITIES:03d}" for key, column in keys.items()}
            for row in range(rows)
        ]
        found = msgspec.to_builtins(lookup.answer({"service": _SERVICE, "entities": entities}))
        if "error" in found:
            raise harness.UnequalError(f"a lookup failed: {found}")

    ask(0, 1)
    one_ms = _undisturbed(_ms(ask, number, 1) for number in range(count))
    many_ms = _undisturbed(_ms(ask, number, _ROWS) for number in range(count // 10))
    line = {
        "service": _SERVICE,
        "error": None,
        "duration_ms": one_ms,
        "served_written": 1000,
        "served_lost": 0,
    }
    return {
        "lookup_ms": round(one_ms, 3),
        "lookup_row_ms": round((many_ms - one_ms) / (_ROWS - 1), 4),
        "lookup_log_bytes": float(len(json.dumps(line)) + 1),
    }


def _commits(definitions: Registry, lines: Sequence[bytes], endpoint_url: str) -> dict[str, float]:
    s3: Any = servers.client("s3", endpoint_url)
    s3.create_bucket(Bucket=_BUCKET)
    servers.client("glue", endpoint_url).create_database(DatabaseInput={"Name": _BUCKET})
    catalog = open_glue_catalog(_BUCKET, region="us-east-1", endpoint_url=endpoint_url)
    log = IcebergEventLog(catalog, _BUCKET, definitions)
    log.ensure_tables()
    each = len(lines) // _RUNS
    writes, sizes = [], 0
    before = _objects(s3)
    for run in range(_RUNS):
        s3.put_object(
            Bucket=_BUCKET,
            Key=f"{names.landing_prefix()}{run}",
            Body=b"".join(lines[run * each : (run + 1) * each]),
        )
        ingest(definitions, log, BucketLanding(s3, _BUCKET))
        after = _objects(s3)
        new = after.keys() - before.keys()
        writes.append(len(new) / len(definitions.sources))
        sizes += sum(after[key] for key in new if key.endswith(".parquet"))
        before = after
    return {
        "commit_writes": round(statistics.median(writes), 2),
        "log_bytes_per_line_byte": round(sizes / sum(map(len, lines[: each * _RUNS])), 4),
    }


def _objects(s3: Any) -> dict[str, int]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=_BUCKET)
    return {
        item["Key"]: item["Size"]
        for page in pages
        for item in page.get("Contents", [])
        if not item["Key"].startswith(names.landing_prefix())
    }


def _undisturbed(times: Iterable[float]) -> float:
    """A tenth of them took less: what others do on the machine meanwhile makes only some of them longer."""
    return statistics.quantiles(times, n=10)[0]


def _ms(work: Callable[..., Any], *arguments: Any) -> float:
    started = time.perf_counter()
    work(*arguments)
    return (time.perf_counter() - started) * _MS


def _machine() -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    load = psutil.getloadavg()[0]
    return f"{model}, {psutil.cpu_count()} cores at a load of {load:.0f}, Python {platform.python_version()}"
