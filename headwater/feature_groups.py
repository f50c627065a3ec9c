"""Views as SageMaker's feature groups have them: names, types, and values as text. No cloud is known here."""

from collections.abc import Sequence
from typing import Any

from headwater import names
from headwater.errors import InputError
from headwater.instants import to_text
from headwater.registry import ViewSpec, canonical_json, content_hash

RECORD, EVENT_TIME = "entity", "event_time"
"""The entity as one string, as `headwater.names.entity_key` writes it, and the instant in ISO 8601."""

_TYPES = {"int64": "Integral", "bool": "Integral", "float64": "Fractional"}
"""The rest, instants and lists among them, is text."""

_MILLISECOND_US = 1000


def definitions_of(view: ViewSpec) -> list[tuple[str, str]]:
    """Features of a view's group with SageMaker's types: the record's own first, then keys, then features."""
    return [
        (RECORD, "String"),
        (EVENT_TIME, "String"),
        *((name, _TYPES.get(kind, "String")) for name, kind in types_of(view)),
    ]


def types_of(view: ViewSpec) -> list[tuple[str, str]]:
    """Names and types of ours of what a record holds beside its own: keys, then features."""
    keys = [(key.name, key.type) for key in view.keys]
    return [*keys, *((feature.name, feature.type) for feature in view.features)]


def group_of(environment: str, view: ViewSpec) -> str:
    """Name of a view's group: another one as soon as the view or what is declared of it is another."""
    return names.feature_group(environment, view.name, content_hash([view.version, definitions_of(view)]))


def event_time(instant_us: int) -> str:
    """An instant as SageMaker takes it.

    >>> event_time(1_500_000)
    '1970-01-01T00:00:01.500Z'

    Raises:
        InputError: It is between two milliseconds.
    """
    if instant_us % _MILLISECOND_US:
        raise InputError(
            f"instant {to_text(instant_us)}: SageMaker's event times have milliseconds, expected a whole one; round it"
        )
    return f"{to_text(instant_us)[:-4]}Z"


def record_of(view: ViewSpec, instant_us: int, values: Sequence[Any]) -> list[dict[str, str]]:
    """A record as ``PutRecord`` takes it. What is null is left out, which is how SageMaker has null.

    Args:
        view: Whose.
        instant_us: At which the values hold.
        values: Of `types_of`, instants in microseconds.

    Raises:
        InputError: The instant is between two milliseconds, or a text has a line break, which SageMaker refuses.
    """
    entity = names.entity_key(map(str, values[: len(view.keys)]))
    found = {RECORD: entity, EVENT_TIME: event_time(instant_us)}
    for (name, kind), value in zip(types_of(view), values, strict=True):
        if value is not None:
            found[name] = _text(kind, value)
    for name, text in found.items():
        if "\n" in text or "\r" in text:
            raise InputError(
                f"view {view.name!r}, entity {entity!r}, {name!r}: a line break, which SageMaker takes in no value; "
                "clean the source's column, or do not mirror the view"
            )
    return [{"FeatureName": name, "ValueAsString": text} for name, text in found.items()]


def _text(kind: str, value: Any) -> str:
    if kind == "bool":
        return str(int(value))
    if kind == "timestamp":
        return to_text(value)
    if kind.startswith("list["):
        return canonical_json(value).decode()
    # The shortest decimal of a double reads back as the same one.
    return repr(value) if kind == "float64" else str(value)
