"""What a training set was built from, kept in the tables it was built from: the same rows a month later.

A pin is a tag on the snapshot that was read, which keeps the snapshot's files however often the table is
compacted and expired, and a property of the table that says with which definitions it was read.
"""

import re
from collections.abc import Container, Mapping

import msgspec

from headwater.errors import InputError
from headwater.registry import Registry, ServiceSpec

_PREFIX = "headwater.pin."
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class Pin(msgspec.Struct, frozen=True):
    """One pin of one table.

    Attributes:
        snapshot_id: What was read; None: the table was empty.
        service: Of the training set.
        versions: Content version of each view and on-demand view of the service, by name.
    """

    snapshot_id: int | None
    service: str
    versions: dict[str, str]


def check_tag(tag: str) -> str:
    """Return a tag's name if it may be one.

    Raises:
        InputError: It is not 1 to 64 letters, digits, ``_``, ``.`` and ``-``.
    """
    if not _NAME.fullmatch(tag):
        raise InputError(
            f"tag {tag!r}: expected 1 to 64 of A-Z, a-z, 0-9, _, . and -, a letter or digit first; rename it"
        )
    return tag


def property_of(tag: str) -> str:
    """Name of the table property with a pin."""
    return _PREFIX + tag


def pin_of(registry: Registry, service: ServiceSpec, snapshot_id: int | None) -> Pin:
    """The pin of a training set of a service."""
    views = {view.name: view.version for view in registry.views_of(service)}
    computed = {view.name: view.version for view in registry.on_demand_of(service)}
    return Pin(snapshot_id, service.name, views | computed)


def encode(pin: Pin) -> str:
    """The property's value."""
    return msgspec.json.encode(pin).decode()


def find(table: str, properties: Mapping[str, str], tag: str) -> Pin | None:
    """Read a table's pin.

    Raises:
        InputError: The property holds something else.
    """
    text = properties.get(property_of(tag))
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=Pin)
    except msgspec.MsgspecError as error:
        raise InputError(
            f"table {table!r}, property {property_of(tag)!r}: {error}; remove it and tag anew"
        ) from error


def is_dangling(name: str, value: str, snapshots: Container[int]) -> bool:
    """Whether a property of a table is a pin of a snapshot that the table does not have.

    >>> pin = encode(Pin(7, "model", {}))
    >>> is_dangling("headwater.pin.may", pin, {7}), is_dangling("headwater.pin.may", pin, {8})
    (False, True)
    """
    if not name.startswith(_PREFIX):
        return False
    try:
        pin = msgspec.json.decode(value, type=Pin)
    except msgspec.MsgspecError:
        return False  # what it is, says whoever reads it
    return pin.snapshot_id is not None and pin.snapshot_id not in snapshots


def missing(table: str, tag: str, properties: Mapping[str, str]) -> InputError:
    """Says that a table has no such pin, and which it has."""
    there = sorted(name.removeprefix(_PREFIX) for name in properties if name.startswith(_PREFIX))
    return InputError(
        f"table {table!r}: no training set was tagged {tag!r}; found {', '.join(there) or 'no tags'}; "
        "build one with --tag first"
    )


def check_fits(table: str, tag: str, pin: Pin, now: Pin) -> None:
    """Check that what was read then is read in the same way now.

    Raises:
        InputError: The tag is another service's, or a definition has changed since.
    """
    if pin.service != now.service:
        raise InputError(
            f"table {table!r}, tag {tag!r}: it is a training set of service {pin.service!r}, not of {now.service!r}; "
            "choose another tag"
        )
    changed = sorted(
        name for name in {*pin.versions, *now.versions} if pin.versions.get(name) != now.versions.get(name)
    )
    if changed:
        raise InputError(
            f"table {table!r}, tag {tag!r}: {', '.join(changed)} had other definitions then; "
            "use the registry that was committed when the tag was made"
        )
