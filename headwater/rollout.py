"""How a change of definitions goes online: beside what serves first, in its place when it is complete.

`propose` compiles definitions against the registry that serves. Where tiles have to be filled, the
new registry waits as its ``next``: the stream fills both, a backfill brings the history, lookups
serve the old one. `switch` puts the next one in its place.
"""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec import structs

from headwater import changes
from headwater.changes import RegistryChange
from headwater.compiler import compile_services
from headwater.definitions import FeatureService
from headwater.errors import RegistryError
from headwater.registry import Registry


class Proposal(NamedTuple):
    """What definitions come to.

    Attributes:
        registry: To write in the place of the one that serves; None where a change is refused.
        changes: Against what serves.
        pending: Whether the registry that serves had a next one, and it is what the definitions say.
    """

    registry: Registry | None
    changes: list[RegistryChange]
    pending: bool


def propose(services: Iterable[FeatureService], serving: Registry | None) -> Proposal:
    """Compile definitions against what serves.

    Raises:
        DefinitionError: The definitions are wrong.
    """
    now = None if serving is None else structs.replace(serving, next=None)
    wanted = compile_services(services, base=now)
    found = changes.compare(now, wanted)
    if any(change.effect == "refused" for change in found):
        return Proposal(None, found, pending=False)
    if now is None or not changes.needs_fill(now, wanted):
        return Proposal(wanted, found, pending=False)
    pending = serving is not None and serving.next == wanted
    return Proposal(structs.replace(now, next=wanted), found, pending)


def switch(serving: Registry) -> Registry:
    """The registry that serves after a switch.

    Raises:
        RegistryError: Nothing waits to be switched to.
    """
    if serving.next is None:
        raise RegistryError(
            "registry: nothing waits to be switched to; change the definitions and run `headwater apply` first"
        )
    return serving.next
