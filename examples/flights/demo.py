"""The demo: the platform on this machine, a year of flights, and training compared with serving."""

import json
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rich.progress import Progress

from examples.flights.compare import Comparison, Served, compare
from examples.flights.data import FlightEvents, check_share, load
from examples.flights.replay import Producer, checkpoint_instants, checkpoints
from feature_jobs.backfill import backfill
from feature_jobs.ingest import ingest
from feature_jobs.landing import BucketLanding
from headwater import registry
from headwater.environment import Environment
from headwater.errors import InputError, LocalCloudError
from headwater.instants import to_text, to_us
from headwater.offline.event_log import IcebergEventLog, open_event_log
from headwater.offline.point_in_time import training_set
from headwater.offline.types import log_schema
from headwater.online.reader import FeatureReader
from headwater.registry import Registry
from headwater.settings import open_environment

SERVICE = "flight_delay"
YEAR = 2013
KEYS = ("origin", "carrier", "tailnum")
_HISTORY_SHARD = "history"


class Plan(NamedTuple):
    """What to run.

    Attributes:
        history_months: Months written to the event log and backfilled.
        live_month: Month put on the stream; right after the history.
        share: Part of the flights.
        checkpoints: Instants at which vectors are asked for.
    """

    history_months: Sequence[int]
    live_month: int
    share: float
    checkpoints: int

    def check(self) -> None:
        """Refuse what cannot be run, before anything is started.

        Raises:
            InputError: Names what is wrong.
        """
        months = [*self.history_months, self.live_month]
        if not self.history_months or months != list(range(months[0], months[-1] + 1)):
            raise InputError(
                f"live month {self.live_month} after history months {list(self.history_months)}: expected history "
                "that ends the month before the live one; choose a first month of history before the live month"
            )
        check_share(self.share)
        if self.checkpoints < 1:
            raise InputError(f"checkpoints {self.checkpoints}: expected at least 1")


class Outcome(NamedTuple):
    """What a run found.

    Attributes:
        events: Events in the log at the end, history included.
        history_events: Those of the history.
        backfilled_pages: Pages written before the stream began.
        comparison: Training against serving.
        lookup_ms: Time of each call of the lookup function, through the emulator.
        library_ms: Time of each read by the library, from Redis.
    """

    events: int
    history_events: int
    backfilled_pages: int
    comparison: Comparison
    lookup_ms: list[float]
    library_ms: list[float]

    def to_json(self, resources: int, seconds: float) -> dict[str, Any]:
        """What goes to ``build/demo.json``."""
        return {
            "resources": resources,
            "events": self.events,
            "history_events": self.history_events,
            "vectors_compared": self.comparison.vectors,
            "values_compared": self.comparison.values,
            "mismatches": len(self.comparison.mismatches),
            "lookup_p50_ms": float(np.percentile(self.lookup_ms, 50)),
            "lookup_p99_ms": float(np.percentile(self.lookup_ms, 99)),
            "library_p50_ms": float(np.percentile(self.library_ms, 50)),
            "seconds": seconds,
        }


def run(plan: Plan, outputs: Environment, registry_file: Path, progress: Progress) -> Outcome:
    """Run the demo in an environment that is up and empty.

    Raises:
        InputError: The plan's months do not follow one another.
        LocalCloudError: The stream did not get through.
    """
    plan.check()
    definitions = registry.load(registry_file)
    task = progress.add_task("reading a year of flights", total=None)
    events = load([*plan.history_months, plan.live_month], plan.share)
    cutover_us = to_us(datetime(YEAR, plan.live_month, 1, tzinfo=UTC))
    history, live = _split(events, cutover_us)
    progress.update(task, total=1, completed=1)

    log = open_event_log(outputs, definitions)
    history_events = _write_history(history, definitions, log, progress)
    stores = open_environment(outputs, consistent=True)
    pages = progress.add_task("backfilling online stores", total=len(definitions.views))
    report = backfill(
        definitions,
        log,
        stores,
        outputs.environment,
        cutover_us - 1,
        lambda view, done, total: progress.update(
            pages, description=f"backfilling {view}", advance=1 if done == total else 0
        ),
    )
    lookups = _Lookups(outputs, definitions)
    labels = _labels(live)
    served = _replay(plan, outputs, live, labels, lookups, progress)
    for store in stores:
        store.close()

    task = progress.add_task("moving the archive to the event log", total=2)
    ingested = ingest(definitions, log, BucketLanding(outputs.client("s3"), outputs.bucket_name))
    expected = sum(table.num_rows for table in live)
    if ingested.new_rows != expected:
        raise LocalCloudError(
            f"archive: {ingested.new_rows} live events in the event log, {expected} were put"
        )
    progress.update(task, advance=1, description="building the training set")
    trained = training_set(labels, definitions, SERVICE, log)
    progress.update(task, advance=1)
    features = trained.column_names[len(labels.column_names) :]
    asked = trained.filter(pc.is_in(trained["event_id"], pa.array([vector.event_id for vector in served])))
    rows = {row["event_id"]: row for row in asked.to_pylist()}
    return Outcome(
        events=history_events + ingested.new_rows,
        history_events=history_events,
        backfilled_pages=report.pages,
        comparison=compare(served, rows, features),
        lookup_ms=lookups.function_ms,
        library_ms=lookups.library_ms,
    )


def _split(events: FlightEvents, cutover_us: int) -> tuple[FlightEvents, FlightEvents]:
    """What arrived before the cut-over, and the rest."""
    early, rest = [], []
    for table in events:
        before = pc.less(table["arrival"].cast(pa.int64()), cutover_us)
        early.append(table.filter(before))
        rest.append(table.filter(pc.invert(before)))
    return FlightEvents(*early), FlightEvents(*rest)


def _write_history(
    history: FlightEvents, definitions: Registry, log: IcebergEventLog, progress: Progress
) -> int:
    task = progress.add_task("writing history to the event log", total=len(history))
    log.ensure_tables()
    for source, table in history.by_source().items():
        rows = table.num_rows
        numbered = table.append_column("shard", pa.array([_HISTORY_SHARD] * rows, pa.string())).append_column(
            "sequence", pa.array(np.arange(rows)).cast(pa.string())
        )
        log.append(source, numbered.select(log_schema(definitions.sources[source]).names))
        progress.update(task, advance=1, description=f"writing {source} to the event log")
    return sum(table.num_rows for table in history)


def _labels(live: FlightEvents) -> pa.Table:
    """Label rows: the flights that left, and whether they came in late (null: never known)."""
    left = live.departures.filter(pc.invert(live.departures["cancelled"]))
    late = dict(zip(live.landings["event_id"].to_pylist(), live.landings["late"].to_pylist(), strict=True))
    label = pa.array([late.get(event_id) for event_id in left["event_id"].to_pylist()], pa.int64())
    return left.select(["event_id", "event_time", *KEYS]).append_column("late", label)


def _replay(
    plan: Plan,
    outputs: Environment,
    live: FlightEvents,
    labels: pa.Table,
    lookups: "_Lookups",
    progress: Progress,
) -> list[Served]:
    instants = checkpoint_instants(live.departures, plan.checkpoints)
    asked: dict[int, list[dict[str, Any]]] = {t_us: [] for t_us in instants}
    for row in labels.to_pylist():
        t_us = to_us(row["event_time"])
        if t_us in asked:
            asked[t_us].append(row)
    total = sum(table.num_rows for table in live)
    task = progress.add_task("streaming live events", total=total)
    served: list[Served] = []
    with closing(lookups.redis) as redis:
        producer = Producer(outputs, redis)
        for checkpoint in checkpoints(live, instants):
            producer.put(checkpoint.envelopes)
            producer.wait()
            served += lookups.ask(asked.pop(checkpoint.t_us, []), checkpoint.t_us)
            progress.update(task, advance=len(checkpoint.envelopes))
    return served


class _Lookups:
    """Asks for the same vectors the two ways there are: the lookup function, and the library."""

    def __init__(self, outputs: Environment, definitions: Registry) -> None:
        self._lambda = outputs.client("lambda")
        self._function = outputs.lookup_function_name
        self.redis, self._dynamodb = open_environment(outputs, consistent=True)
        self._readers = {
            store.name: FeatureReader(store, definitions, outputs.environment)
            for store in (self.redis, self._dynamodb)
        }
        self.function_ms: list[float] = []
        self.library_ms: list[float] = []

    def ask(self, rows: list[dict[str, Any]], t_us: int) -> list[Served]:
        """Vectors of label rows at an instant: from the lookup function, and from each store by the library."""
        if not rows:
            return []
        entities = [{key: row[key] for key in KEYS} for row in rows]
        served = self._from_function(rows, entities, t_us)
        for store, reader in self._readers.items():
            started = time.perf_counter()
            answer = reader.read(SERVICE, entities, t_us)
            if store == self.redis.name:
                self.library_ms.append((time.perf_counter() - started) * 1000)
            served += [
                _served(f"library, {store}", row, answer.features, values, statuses)
                for row, values, statuses in zip(rows, answer.values, answer.statuses, strict=True)
            ]
        return served

    def _from_function(
        self, rows: list[dict[str, Any]], entities: list[dict[str, Any]], t_us: int
    ) -> list[Served]:
        request = {"service": SERVICE, "entities": entities, "as_of": to_text(t_us)}
        started = time.perf_counter()
        response = self._lambda.invoke(FunctionName=self._function, Payload=json.dumps(request).encode())
        answer = json.loads(response["Payload"].read())
        self.function_ms.append((time.perf_counter() - started) * 1000)
        if "rows" not in answer:
            raise LocalCloudError(f"lookup function {self._function!r}: {answer}")
        return [
            _served("lookup function", row, answer["features"], found["values"], found["statuses"])
            for row, found in zip(rows, answer["rows"], strict=True)
        ]


def _served(
    source: str, row: dict[str, Any], features: list[str], values: Sequence[Any], statuses: Sequence[str]
) -> Served:
    return Served(
        source,
        row["event_id"],
        dict(zip(features, values, strict=True)),
        dict(zip(features, statuses, strict=True)),
    )
