"""What label rows must have: instants, keys, request fields and, where it counts, the event that asks."""

import pyarrow as pa

from headwater import names
from headwater.errors import InputError
from headwater.offline.ranges import Positions
from headwater.offline.types import ARROW_TYPES, INSTANT, to_numpy
from headwater.registry import Registry, ServiceSpec, ViewSpec


def instants_of(labels: pa.Table, column: str) -> Positions:
    """Instants of the label rows, in microseconds.

    Raises:
        InputError: There is no such column, or it holds something else, or nulls.
    """
    if column not in labels.column_names:
        raise InputError(
            f"labels: no column {column!r} among {', '.join(labels.column_names)}; name the timestamp"
        )
    kind = labels[column].type
    if not pa.types.is_timestamp(kind) or kind.tz is None:
        raise InputError(
            f"labels, column {column!r}: found {kind}, expected a timestamp with a time zone; cast it"
        )
    if labels[column].null_count:
        raise InputError(
            f"labels, column {column!r}: {labels[column].null_count} nulls, expected none; drop the rows"
        )
    # Nanoseconds are cut off: an instant between two microseconds sees what the earlier one sees, and more.
    instants: Positions = to_numpy(labels[column].cast(INSTANT, safe=False).cast(pa.int64()))
    return instants


def check_labels(labels: pa.Table, registry: Registry, service: ServiceSpec) -> None:
    """Check every column a service needs.

    Raises:
        InputError: One is missing, of the wrong type, or is named as a feature.
    """
    for view in registry.views_of(service):
        for feature in view.features:
            _check_free(labels, names.qualified_feature(view.name, feature.name))
        for key in view.keys:
            _check(labels, key.name, key.type, f"a key of entity {view.entity!r}")
        if view.include_current:
            _check_event(labels, registry, view)
    for computed in registry.on_demand_of(service):
        for output in computed.outputs:
            _check_free(labels, names.qualified_feature(computed.name, output))
        for field, kind in computed.request.items():
            _check(labels, field, kind, f"a request field of on-demand view {computed.name!r}")


def _check_event(labels: pa.Table, registry: Registry, view: ViewSpec) -> None:
    role = f"of the event that asks, which view {view.name!r} counts"
    _check(labels, "event_id", "string", role)
    mapped = {key.column for key in view.keys}
    for column in view.columns:
        if column not in mapped:
            _check(labels, column, registry.sources[view.source].columns[column], role)


def _check_free(labels: pa.Table, feature: str) -> None:
    if feature in labels.column_names:
        raise InputError(
            f"labels, column {feature!r}: is a feature of the service; drop or rename the column"
        )


def _check(labels: pa.Table, name: str, kind: str, role: str) -> None:
    if name not in labels.column_names:
        raise InputError(f"labels: no column {name!r}, which is {role}; add it, null where unknown")
    found = labels[name].type
    found = found.value_type if pa.types.is_dictionary(found) else found
    if not _fits(found, kind):
        raise InputError(f"labels, column {name!r}: found {found}, expected {ARROW_TYPES[kind]}; cast it")


def _fits(found: pa.DataType, kind: str) -> bool:
    if pa.types.is_null(found):
        return True
    if kind == "string":
        return bool(
            pa.types.is_string(found) or pa.types.is_large_string(found) or pa.types.is_string_view(found)
        )
    if kind == "int64":
        return bool(pa.types.is_integer(found))
    if kind == "float64":
        return bool(pa.types.is_floating(found) or pa.types.is_integer(found))
    if kind == "timestamp":
        return bool(pa.types.is_timestamp(found)) and found.tz is not None
    return bool(pa.types.is_boolean(found))
