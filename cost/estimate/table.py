"""The online table."""

from collections.abc import Iterator
from decimal import Decimal

from cost.estimate.context import Situation
from cost.estimate.scaling import clamped
from cost.estimate.terms import (
    BYTES_A_GB,
    HOURS_A_MONTH,
    SECONDS,
    Item,
    Term,
    declared,
    derived,
    metered,
    number,
    product,
)
from cost.estimate.traffic import events, first_store, keys_of, late, mean_of, written_bytes
from cost.graphs import Declared
from cost.metered_units import ITEM_OVERHEAD_BYTES, item_bytes
from headwater.registry import ViewSpec


def items(found: Situation) -> Iterator[Item]:
    """What tables cost, in every region that has a copy."""
    for table in found.of("Table", active=True):
        yield from _table(found, table)


def _table(found: Situation, table: Declared) -> Iterator[Item]:
    copies = found.of("TableReplica")
    replicas: list[str] = [*table.facts.get("replicas", []), *(copy.region for copy in copies)]
    restorable = {copy.region for copy in copies if copy.facts.get("pointInTimeRecovery")}
    if table.facts.get("restorable"):
        restorable.add(found.region)
    on_demand = table.facts.get("billingMode", "PROVISIONED") == "PAY_PER_REQUEST"
    regions = [found.region, *replicas]
    if on_demand:
        price = "dynamodb.on_demand_replicated_write" if replicas else "dynamodb.on_demand_write"
        unit = "replicated write unit" if replicas else "write unit"
        for region in regions:
            for view in found.views:
                writes = _writes(found, view)
                yield Item(table.component, price, region, view.name, "writes by the stream", unit, writes)
            filled = _filled(found)
            yield Item(table.component, price, region, None, "writes by backfills", unit, filled)
            mark = derived("batches a month", found.batches, "batches", "events a month / events a batch")
            one = Term("write of the watermark", Decimal(1), unit, "headwater.online.watermark")
            yield Item(table.component, price, region, None, "watermark written", unit, (mark, one))
        yield from _reads(found, table)
    else:
        yield from _provisioned(found, table, regions)
    for region in regions:
        for view in found.views:
            kept = stored(found, view)
            yield Item(
                table.component, "dynamodb.storage", region, view.name, "pages stored", "GB-month", kept
            )
            if region in restorable:
                yield Item(
                    table.component,
                    "dynamodb.point_in_time_recovery",
                    region,
                    view.name,
                    "kept for recovery",
                    "GB-month",
                    kept,
                )
    for replica in replicas:
        for view in found.views:
            copied = (*_writes(found, view)[:3], written_bytes(found, view), BYTES_A_GB)
            yield Item(
                table.component,
                "data_transfer.between_regions",
                found.region,
                view.name,
                f"writes copied to {replica}",
                "GB",
                copied,
            )


def _writes(found: Situation, view: ViewSpec) -> tuple[Term, ...]:
    units = sum(
        kind.write_units * (1 + late(found, view, row=kind.width == "ever")) for kind in found.kinds(view)
    )
    return (*events(found, view), metered(f"write units of {view.name}", units, "write units/entity"))


def _read_units(found: Situation, view: ViewSpec) -> float:
    """Of reading what an entity's events change before it is written."""
    return sum(
        kind.read_units * (1 + late(found, view, row=kind.width == "ever")) for kind in found.kinds(view)
    )


def _filled(found: Situation) -> tuple[Term, ...]:
    """A backfill writes every page of a view; it is as large as views are on average."""
    views = list(found.views)
    units = sum(
        found.value(f"entities.{view.entity}.active")
        * sum(kind.kept * kind.full_write_units for kind in found.kinds(view))
        for view in views
    )
    return (
        found.assume("jobs.backfill.runs"),
        metered("write units of all pages of a view", units / max(len(views), 1), "write units/run"),
    )


def _reads(found: Situation, table: Declared) -> Iterator[Item]:
    price, unit = "dynamodb.on_demand_read", "read unit"
    for view in found.views:
        units = metered(f"read units of {view.name}", _read_units(found, view), "read units/entity")
        terms = (*events(found, view), units)
        yield Item(
            table.component, price, found.region, view.name, "reads before writes of the stream", unit, terms
        )
    mark = derived("batches a month", found.batches, "batches", "events a month / events a batch")
    for what, source in (
        ("watermark", "headwater.online.watermark"),
        ("pointer", "headwater.stream.pointer"),
    ):
        one = Term(f"read of the {what}", Decimal(1), unit, source)
        yield Item(table.component, price, found.region, None, f"{what} read", unit, (mark, one))
    for service, of_view, asked in _looked_up(found):
        yield Item(table.component, price, found.region, of_view, f"lookups of {service}", unit, asked)


def _looked_up(found: Situation) -> Iterator[tuple[str, str, tuple[Term, ...]]]:
    """Read units of lookups, where the table is asked first; the second store is asked when the first is down."""
    function = found.function("lookup")
    if function is None or first_store(found) != "dynamodb":
        return
    consistent = function.facts.get("HEADWATER_CONSISTENT") == "yes"
    for service in found.registry.services.values():
        there = found.value(f"services.{service.name}.found")
        for view in found.registry.views_of(service):
            full = mean_of(found, service, view, lambda kind: kind.full_read_units)
            units = there * full + (1 - there)
            yield (
                service.name,
                view.name,
                (
                    *keys_of(found, service, view),
                    metered("read units of a key", units, "read units"),
                    Term("consistency", number(1 if consistent else 0.5), "of 1", "graph"),
                ),
            )


def stored(found: Situation, view: ViewSpec) -> tuple[Term, ...]:
    """Gigabytes of a view's pages."""
    size = sum(
        kind.kept * (item_bytes(kind.key_bytes, round(kind.mean_bytes)) + ITEM_OVERHEAD_BYTES)
        for kind in found.kinds(view)
    )
    return (
        found.assume(f"entities.{view.entity}.active"),
        metered(f"bytes kept of {view.name}", size, "bytes/entity"),
        BYTES_A_GB,
    )


def _provisioned(found: Situation, table: Declared, regions: list[str]) -> Iterator[Item]:
    """Capacity that follows use, hour by hour, between its bounds."""
    # Units a second. Of each batch the watermark is read and written, and the pointer read.
    batches = found.batches / SECONDS
    needed = {"Write": batches, "Read": 2 * batches}
    for view in found.views:
        terms = _writes(found, view)
        needed["Write"] += product((terms[0], *terms[2:]))
        needed["Read"] += number(found.distinct(view) * _read_units(found, view)) * terms[0].value
    for _, _, looked_up in _looked_up(found):
        needed["Read"] += product((looked_up[0], *looked_up[2:]))
    for kind, rate in needed.items():
        bounds = found.one("Target", scalableDimension=f"dynamodb:table:{kind}CapacityUnits")
        policy = None if bounds is None else found.one("Policy", range=bounds.name)
        if bounds is None or policy is None:
            capacity = declared(
                table.name, f"{kind.lower()}Capacity", table.facts[f"{kind.lower()}Capacity"], "units"
            )
        else:
            hours = clamped(
                float(rate) / (float(policy.facts["target"]) / 100),
                found.mean_hours(),
                bounds.facts["minCapacity"],
                bounds.facts["maxCapacity"],
            )
            capacity = derived(
                f"{kind.lower()} units provisioned",
                hours,
                "units",
                f"{float(rate):.4g} a second used, at {policy.facts['target']} % of capacity, between its bounds",
            )
        replicated = kind == "Write" and len(regions) > 1
        unit = f"{'replicated ' if replicated else ''}{kind.lower()} unit-hour"
        price = f"dynamodb.provisioned_{'replicated_' if replicated else ''}{kind.lower()}"
        for region in regions if kind == "Write" else [found.region]:
            yield Item(
                table.component,
                price,
                region,
                None,
                f"{kind.lower()} capacity",
                unit,
                (capacity, HOURS_A_MONTH),
            )
