"""A training set for SageMaker's training jobs: channels of files, their manifests, and a page that says what it is.

The page is written last: without it, an export was interrupted and is made anew. With it, an export stays as it is,
because a model says by its name what it was trained on.
"""

import json
from typing import Any, NamedTuple, Protocol

import msgspec
import pyarrow as pa

from headwater.errors import InputError
from headwater.instants import to_text
from headwater.offline import channels, pins
from headwater.offline.channels import Column, Format, Split
from headwater.offline.event_log import IcebergEventLog
from headwater.offline.label_rows import instants_of
from headwater.offline.point_in_time import Mode, Progress, training_set
from headwater.offline.ranges import Mask, Positions
from headwater.offline.types import arrow_type
from headwater.registry import Registry, content_hash

PAGE = "training-set.json"
ROWS_A_FILE = 500_000
"""So that instances that share a channel out by file have some each."""


class Folder(Protocol):
    """Where an export goes; see `feature_jobs.folders.BucketFolder`."""

    @property
    def uri(self) -> str:
        """Where it is, with its last slash."""

    def read(self, name: str) -> bytes | None:
        """Content of a file; None: there is no such file."""

    def write(self, name: str, content: bytes) -> None:
        """Write a file whole."""

    def clear(self) -> None:
        """Remove every file."""


class Order(NamedTuple):
    """What is asked for.

    Attributes:
        name: Of the export, and the tag of what is read for it.
        service: Whose features.
        label: Column of the label rows that is to be learnt.
        mode: As `training_set` takes it.
        form: Of the files.
        timestamp_column: Column of the instants.
        more: Columns of the label rows to be written behind the features.
        without: Features that are not written.
        split: Where validation begins; None: everything is for training.
    """

    name: str
    service: str
    label: str
    mode: Mode
    form: Format
    timestamp_column: str
    more: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    split: Split | None = None


class Channel(msgspec.Struct, frozen=True):
    """One channel of an export; instants of its first and last row."""

    rows: int
    first: str | None
    last: str | None
    files: list[str]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What an export is, so that a model's features can be traced.

    Attributes:
        registry_version: Of the definitions, as lookups answer with it.
        versions: Content version of each view of the service.
        tables: Snapshot that was read of each table; None: it was empty.
        left_out_rows: Label rows in the gap before validation.
        columns: As they stand in the files.
        channels: By name.
    """

    name: str
    service: str
    registry_version: str
    versions: dict[str, str]
    tag: str
    tables: dict[str, int | None]
    mode: Mode
    timestamp_column: str
    label: str
    format: Format
    without: tuple[str, ...]
    validation_from: str | None
    gap_us: int
    left_out_rows: int
    columns: list[Column]
    channels: dict[str, Channel]


def export(
    registry: Registry,
    log: IcebergEventLog,
    labels: pa.Table,
    order: Order,
    folder: Folder,
    *,
    memory_bytes: int | None = None,
    progress: Progress = lambda _view, _done, _total: None,
) -> Page:
    """Build a training set and write it.

    Raises:
        InputError: The export is there already, the labels will not do, or something cannot be written exactly.
            Nothing was written.
        RequestError: The service is unknown.
    """
    if folder.read(PAGE) is not None:
        raise InputError(
            f"export {order.name!r}: is there already, {folder.uri}{PAGE}; choose another name, or remove its folder"
        )
    service = registry.service(order.service)
    columns = _columns(registry, labels, order)
    masks = channels.divide(instants_of(labels, order.timestamp_column), order.split)
    pinned = log.tagged(order.service, order.name, create=True)
    rows = training_set(
        labels,
        registry,
        order.service,
        pinned,
        timestamp_column=order.timestamp_column,
        mode=order.mode,
        memory_bytes=memory_bytes,
        progress=progress,
    )
    written = channels.convert(rows, columns, order.form)
    folder.clear()
    t_us = instants_of(labels, order.timestamp_column)
    found = {
        channel: _write(folder, channel, written, mask, t_us, order.form) for channel, mask in masks.items()
    }
    page = Page(
        name=order.name,
        service=order.service,
        registry_version=content_hash(registry),
        versions=pins.pin_of(registry, service, None).versions,
        tag=order.name,
        tables=pinned.pinned,
        mode=order.mode,
        timestamp_column=order.timestamp_column,
        label=order.label,
        format=order.form,
        without=order.without,
        validation_from=to_text(order.split.validation_from_us) if order.split else None,
        gap_us=order.split.gap_us if order.split else 0,
        left_out_rows=labels.num_rows - sum(channel.rows for channel in found.values()),
        columns=columns,
        channels=found,
    )
    folder.write(PAGE, msgspec.json.format(msgspec.json.encode(page), indent=2) + b"\n")
    return page


def _columns(registry: Registry, labels: pa.Table, order: Order) -> list[Column]:
    """What is written, known before anything is read."""
    service = registry.service(order.service)
    kinds = dict(zip(registry.vector_names(service), registry.vector_types(service), strict=True))
    for name in order.without:
        if name not in kinds:
            raise InputError(
                f"feature {name!r}: not of service {order.service!r}; leave out some of {', '.join(kinds)}"
            )
    for name in (order.label, *order.more):
        if name not in labels.column_names:
            raise InputError(
                f"labels: no column {name!r} among {', '.join(labels.column_names)}; correct its name"
            )
    features = [name for name in kinds if name not in order.without]
    chosen = [order.label, *features, *order.more]
    if len(set(chosen)) < len(chosen):
        raise InputError(f"columns {', '.join(chosen)}: one is there twice, expected each once; name it once")
    made: list[Any] = [(name, arrow_type(kinds[name])) for name in features]
    schema = pa.schema([*labels.select([order.label, *order.more]).schema, *made])
    return channels.columns_of(schema, chosen, order.form)


def _write(
    folder: Folder, channel: str, rows: pa.Table, mask: Mask, t_us: Positions, form: Format
) -> Channel:
    chosen = rows.filter(pa.array(mask))
    files = []
    for number, start in enumerate(range(0, chosen.num_rows, ROWS_A_FILE)):
        files.append(f"part-{number:05}.{form}")
        folder.write(f"{channel}/{files[-1]}", channels.encode(chosen.slice(start, ROWS_A_FILE), form))
    manifest = [{"prefix": f"{folder.uri}{channel}/"}, *files]
    folder.write(f"{channel}.manifest", json.dumps(manifest).encode())
    instants = t_us[mask]
    first, last = (
        (to_text(int(instants.min())), to_text(int(instants.max()))) if len(instants) else (None, None)
    )
    return Channel(chosen.num_rows, first, last, files)
