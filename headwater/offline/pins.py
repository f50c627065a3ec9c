"""What a training set was built from, kept in the tables it was built from: the same rows a month later.

A pin is a tag on the snapshot that was read, which keeps the snapshot's files however often the table is
compacted and expired, and a property of the table that says with which definitions it was read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True, kw_only=True)
class PinRequest:
    """A training set whose tables are to be read as a tag says.

    Attributes:
        registry: Definitions.
        service: Of the training set.
        tag: Name of the tag.
        create: Make the pin of a table that has none.

    Raises:
        InputError: The tag's name is not 1 to 64 letters, digits, ``_``, ``.`` and ``-``.
    """

    registry: Registry
    service: ServiceSpec
    tag: str
    create: bool

    def __post_init__(self) -> None:
        check_tag(self.tag)

    def fresh(self, snapshot_id: int | None) -> Pin:
        """The pin of a table that has none, on what is read now."""
        return pin_of(self.registry, self.service, snapshot_id)

    def find(self, table: str, properties: Mapping[str, str]) -> Pin | None:
        """A table's pin, if it has one; None: make one.

        Raises:
            InputError: There is none and none is to be made, or it does not fit.
        """
        found = _read(table, properties, self.tag)
        if found is not None:
            _check_fits(table, self.tag, found, self.fresh(found.snapshot_id))
        elif not self.create:
            raise _missing(table, self.tag, properties)
        return found


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


def pin_of(registry: Registry, service: ServiceSpec, snapshot_id: int | None) -> Pin:
    """The pin of a training set of a service."""
    views = {view.name: view.version for view in registry.views_of(service)}
    computed = {view.name: view.version for view in registry.on_demand_of(service)}
    return Pin(snapshot_id, service.name, views | computed)


def property_of(tag: str) -> str:
    """Name of the table property with a pin."""
    return _PREFIX + tag


def encode(pin: Pin) -> str:
    """The property's value."""
    return msgspec.json.encode(pin).decode()


def _read(table: str, properties: Mapping[str, str], tag: str) -> Pin | None:
    text = properties.get(property_of(tag))
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=Pin)
    except msgspec.MsgspecError as error:
        raise InputError(
            f"table {table!r}, property {property_of(tag)!r}: {error}; remove it and tag anew"
        ) from error


def _missing(table: str, tag: str, properties: Mapping[str, str]) -> InputError:
    there = sorted(name.removeprefix(_PREFIX) for name in properties if name.startswith(_PREFIX))
    return InputError(
        f"table {table!r}: no training set was tagged {tag!r}; found {', '.join(there) or 'no tags'}; "
        "build one with --tag first"
    )


def _check_fits(table: str, tag: str, pin: Pin, now: Pin) -> None:
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
