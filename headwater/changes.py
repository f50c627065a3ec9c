"""The difference between two registries: what a change of definitions does."""

from typing import Literal, NamedTuple

from headwater.registry import Registry

Effect = Literal["added", "removed", "new version", "described"]


class RegistryChange(NamedTuple):
    """One difference.

    Attributes:
        kind: ``source``, ``view`` or ``service``.
        name: Of the definition.
        effect: ``new version``: values change, so a backfill writes them beside the old ones.
            ``described``: only what people read has changed.
        detail: What to expect.
    """

    kind: str
    name: str
    effect: Effect
    detail: str


def compare(old: Registry | None, new: Registry) -> list[RegistryChange]:
    """List what differs from ``old`` (None: nothing was there) to ``new``, by kind and name."""
    found: list[RegistryChange] = []
    for kind in ("sources", "views", "services"):
        before = getattr(old, kind) if old else {}
        after = getattr(new, kind)
        found += [
            _change(kind.removesuffix("s"), name, before.get(name), after.get(name))
            for name in sorted({*before, *after})
            if before.get(name) != after.get(name)
        ]
    return found


def _change(kind: str, name: str, before: object, after: object) -> RegistryChange:
    if before is None:
        return RegistryChange(kind, name, "added", "needs a backfill" if kind == "view" else "")
    if after is None:
        return RegistryChange(kind, name, "removed", "its stored values expire" if kind == "view" else "")
    old, new = getattr(before, "version", None), getattr(after, "version", None)
    if old != new:
        return RegistryChange(kind, name, "new version", f"{old} -> {new}; needs a backfill")
    structural = ("columns", "views")
    if any(getattr(before, field, None) != getattr(after, field, None) for field in structural):
        return RegistryChange(kind, name, "new version", "its columns or views have changed")
    return RegistryChange(kind, name, "described", "no value changes")
