"""What a view's events and lookups do to a store, as terms that table and cache share."""

from collections.abc import Callable

from cost.estimate.context import Situation
from cost.estimate.terms import SECONDS_A_MONTH, Term, metered
from cost.metered_units import item_bytes
from cost.metering import lookup_keys
from cost.page_sizes import PageKind
from headwater.registry import ServiceSpec, ViewSpec


def events(found: Situation, view: ViewSpec) -> tuple[Term, Term, Term]:
    """Entities of a view that events change in a month: those of one batch are written together."""
    distinct = found.distinct(view)
    how = f"{found.events_per_batch:.3g} events a batch, those of one entity written together"
    return (
        found.assume(f"sources.{view.source}.events"),
        SECONDS_A_MONTH,
        metered("entities per event", distinct, "entities/event")._replace(source=how),
    )


def late(found: Situation, view: ViewSpec, *, row: bool) -> float:
    """Pages touched beside the current one, for each event: a late event's, which is another one."""
    return 0.0 if row else found.value(f"sources.{view.source}.late")


def written_bytes(found: Situation, view: ViewSpec) -> Term:
    """Bytes of the pages that an event of an entity changes."""
    size = sum(
        item_bytes(kind.key_bytes, round(sum(kind.written_bytes) / len(kind.written_bytes)))
        for kind in found.kinds(view)
    )
    return metered(f"bytes written of {view.name}", size, "bytes/entity")


def first_store(found: Situation) -> str:
    """The store that lookups ask; the other one is asked when it is down."""
    function = found.function("lookup")
    stores = "" if function is None else str(function.facts.get("HEADWATER_STORES", ""))
    return stores.split(",")[0]


def keys_of(found: Situation, service: ServiceSpec, view: ViewSpec) -> tuple[Term, ...]:
    """Keys of a view that a service's lookups ask for in a month."""
    asked = lookup_keys(found.registry, service.name)
    return (
        found.assume(f"services.{service.name}.lookups"),
        SECONDS_A_MONTH,
        found.assume(f"services.{service.name}.batch"),
        metered(f"keys of {view.name}", asked.of(view.name), "keys/row"),
    )


def mean_of(
    found: Situation, service: ServiceSpec, view: ViewSpec, value: Callable[[PageKind], float]
) -> float:
    """A figure of the pages of a view, on average over the keys that a service's lookups ask for."""
    asked = lookup_keys(found.registry, service.name).widths
    weights = [(asked.get((view.name, kind.width), 0.0), value(kind)) for kind in found.kinds(view)]
    return sum(count * each for count, each in weights) / sum(count for count, _ in weights)
