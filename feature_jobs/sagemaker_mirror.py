"""Snapshots of views in SageMaker's feature groups: values at an instant, from the event log, by the training sets' engine.

How far a snapshot has come is noted in the bucket, so that a run that was cut off goes on there. What was put after
the last note is put again: the group then has equal records of one entity and instant.
"""

import time
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from botocore.exceptions import ClientError

from headwater import feature_groups, names
from headwater.errors import InputError
from headwater.instants import from_us, to_us
from headwater.offline.log_reads import EventLog
from headwater.offline.point_in_time import training_set
from headwater.offline.types import INSTANT, arrow_type, plain_values
from headwater.registry import Registry, ServiceSpec, ViewSpec
from headwater.windows import Bounds

AT_ONCE = 500
"""Records between two notes."""

_FIRST_US = to_us(datetime.min.replace(tzinfo=UTC))
_INSTANT = "event_time"


class Pace:
    """Lets through so many a second.

    Args:
        per_second: How many.
    """

    def __init__(self, per_second: float) -> None:
        self._every_s = 1 / per_second
        self._next_s = time.monotonic()

    def wait(self) -> None:
        """Wait for the next turn."""
        now_s = time.monotonic()
        time.sleep(max(0.0, self._next_s - now_s))
        self._next_s = max(self._next_s, now_s) + self._every_s


class Progress(msgspec.Struct, frozen=True):
    """How far a snapshot has come: the entities up to ``last``, in the order of their texts."""

    last: str = ""
    records: int = 0
    complete: bool = False


class Notes(Protocol):
    """Where that is noted; see `feature_jobs.folders.BucketFolder`."""

    def read(self, name: str) -> bytes | None:
        """Content of a note; None: there is none."""

    def write(self, name: str, content: bytes) -> None:
        """Write a note whole."""


def entities(log: EventLog, view: ViewSpec, at_us: int, most: int) -> pa.Table:
    """Entities with an event before an instant that had arrived by then: a column for each key, without nulls.

    Raises:
        InputError: There are more than ``most``.
    """
    keys = {key.column: pa.field(key.name, arrow_type(key.type)) for key in view.keys}
    found = pa.schema(list(keys.values())).empty_table()
    at = pa.scalar(from_us(at_us), INSTANT)
    for batch in log.batches(view.source, [*keys, "arrival"], Bounds(_FIRST_US, at_us - 1)):
        known = pa.table(batch).filter(pc.less_equal(batch["arrival"], at)).select(list(keys))
        fresh = known.rename_columns(found.column_names).cast(found.schema).drop_null()
        found = pa.concat_tables([found, fresh]).group_by(found.column_names).aggregate([])
        if found.num_rows > most:
            raise InputError(
                f"view {view.name!r}: more than {most} entities, each of which is paid for as a write; raise --most if "
                "that is meant"
            )
    return found


def records(
    log: EventLog,
    registry: Registry,
    view: ViewSpec,
    at_us: int,
    *,
    most: int,
    memory_bytes: int | None = None,
) -> list[list[dict[str, str]]]:
    """Records of all entities of a view at an instant, in the order of the entities' keys.

    Raises:
        InputError: There are more than ``most``, or a value cannot be written.
    """
    labels = entities(log, view, at_us, most)
    labels = labels.append_column(_INSTANT, pa.array([from_us(at_us)] * labels.num_rows, INSTANT))
    if view.include_current:
        # No event asks: the snapshot has what a lookup without one would answer.
        mapped = {key.column for key in view.keys}
        source = registry.sources[view.source].columns
        needed = {"event_id": "string"} | {
            column: source[column] for column in view.columns if column not in mapped
        }
        for column, kind in needed.items():
            labels = labels.append_column(column, pa.nulls(labels.num_rows, arrow_type(kind)))
    service = ServiceSpec(name="mirror", views=(view.name,))
    alone = msgspec.structs.replace(registry, services={service.name: service})
    rows = training_set(
        labels, alone, service.name, log, timestamp_column=_INSTANT, memory_bytes=memory_bytes
    )
    chosen = [key.name for key in view.keys] + [
        names.qualified_feature(view.name, feature.name) for feature in view.features
    ]
    values = zip(*(plain_values(rows[column]) for column in chosen), strict=True)
    made = [feature_groups.record_of(view, at_us, row) for row in values]
    return sorted(made, key=_entity_of)


def check_group(client: Any, environment: str, view: ViewSpec) -> str:
    """Return the name of a view's group, once it can be written.

    Args:
        client: Of SageMaker.
        environment: Name of the environment.
        view: The view.

    Raises:
        InputError: There is no such group, or it is not ready.
    """
    group = feature_groups.group_of(environment, view)
    try:
        found = client.describe_feature_group(FeatureGroupName=group)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFound":
            raise
        raise InputError(
            f"view {view.name!r}: no feature group {group}; name the view in sagemakerViews, and bring the environment up "
            "with this registry"
        ) from error
    status = found["FeatureGroupStatus"]
    if status != "Created":
        raise InputError(f"feature group {group}: is {status}, expected Created; see SageMaker's page on it")
    return group


def mirror(
    runtime: Any, group: str, rows: list[list[dict[str, str]]], notes: Notes, at_us: int, pace: Pace
) -> Progress:
    """Put records into a group, from where an earlier run of the same snapshot was cut off.

    Args:
        runtime: Client of SageMaker's feature store at run time.
        group: Name of the group.
        rows: As `records` gives them.
        notes: Where it is noted how far this has come.
        at_us: Of the snapshot.
        pace: How quickly.

    Returns:
        How many records the snapshot has, those of earlier runs included.
    """
    name = f"{feature_groups.event_time(at_us)}.json"
    noted = notes.read(name)
    progress = msgspec.json.decode(noted, type=Progress) if noted else Progress()
    if progress.complete:
        return progress
    rest = [row for row in rows if _entity_of(row) > progress.last]
    for start in range(0, len(rest), AT_ONCE):
        batch = rest[start : start + AT_ONCE]
        for row in batch:
            pace.wait()
            runtime.put_record(FeatureGroupName=group, Record=row, TargetStores=["OfflineStore"])
        progress = Progress(_entity_of(batch[-1]), progress.records + len(batch))
        notes.write(name, msgspec.json.encode(progress))
    progress = msgspec.structs.replace(progress, complete=True)
    notes.write(name, msgspec.json.encode(progress))
    return progress


def _entity_of(record: list[dict[str, str]]) -> str:
    return record[0]["ValueAsString"]
