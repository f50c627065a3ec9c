"""The event stream, and what is archived of it and of lookups on the way to the event log."""

from collections.abc import Iterator

from cost.errors import GraphError
from cost.estimate.context import ON_DEMAND_SHARDS, Situation
from cost.estimate.terms import (
    BYTES_A_GB,
    HOURS,
    HOURS_A_MONTH,
    SECONDS,
    SECONDS_A_MONTH,
    Item,
    Term,
    declared,
    derived,
    metered,
    number,
)
from cost.graphs import Declared
from cost.metered_units import FIREHOSE_RECORD_BYTES, KINESIS_RECORD_BYTES, KINESIS_UNIT_BYTES, rounded_up
from cost.metering import event_bytes, served_line_bytes
from headwater import names

DAY_HOURS = 24
WEEK_HOURS = 168
YEAR_HOURS = 8760
MB = 2**20
_RETENTION = (
    (DAY_HOURS, WEEK_HOURS, "kinesis.on_demand_extended_retention", "kept longer"),
    (WEEK_HOURS, YEAR_HOURS, "kinesis.long_term_retention", "kept longer than a week"),
)
"""What is kept beyond so many hours, up to so many, and the price of that."""


def items(found: Situation) -> Iterator[Item]:
    """What the stream and the deliveries cost."""
    for stream in found.of("Stream"):
        yield from _stream(found, stream)
    for delivery in found.of("FirehoseDeliveryStream", active=True):
        if delivery.facts["converts"]:
            raise GraphError(
                f"delivery {delivery.name!r}: converts records, expected lines as they are: what that costs a gigabyte is "
                "not counted; count it in cost/estimate/events.py"
            )
        if delivery.facts["prefix"] == names.landing_prefix():
            yield from _archive(found, delivery)
        elif delivery.facts["prefix"] == names.served_prefix():
            yield from _served(found, delivery)


def _stream(found: Situation, stream: Declared) -> Iterator[Item]:
    facts = stream.facts
    provisioned = facts["mode"] == "PROVISIONED"
    busy = stream.region == found.region

    def item(name: str, price: str, unit: str, *terms: Term) -> Item:
        return Item(stream.component, price, stream.region, None, name, unit, terms)

    hours = int(facts.get("retentionPeriod", DAY_HOURS))
    if provisioned:
        shards = declared(stream.name, "shardCount", facts["shardCount"], "shards")
        yield item("shards", "kinesis.shard", "shard-hour", shards, HOURS_A_MONTH)
        if hours > DAY_HOURS:
            yield item("kept longer", "kinesis.extended_retention_shard", "shard-hour", shards, HOURS_A_MONTH)
    else:
        one = declared(stream.name, "mode ON_DEMAND", 1, "stream")
        yield item("stream on demand", "kinesis.on_demand_stream", "stream-hour", one, HOURS_A_MONTH)
    if facts["shard_metrics"]:
        count = found.peak_shards if busy else int(facts.get("shardCount", ON_DEMAND_SHARDS))
        yield item(
            "metrics of shards",
            "cloudwatch.custom_metrics",
            "metric-month",
            declared(stream.name, "shardLevelMetrics", facts["shard_metrics"], "metrics"),
            derived("shards", count, "shards", "declared, or what twice the peak needs, four at least"),
        )
    if not busy:
        return
    for name in found.usage.sources:
        size = event_bytes(found.registry.sources[name], found.text_bytes(name))
        events = (found.assume(f"sources.{name}.events"), SECONDS_A_MONTH)
        exact = metered(f"bytes of {name}", size, "bytes/event")
        if provisioned:
            units = rounded_up(size, KINESIS_UNIT_BYTES) // KINESIS_UNIT_BYTES
            payload = metered(f"units of 25 KB of {name}", units, "payload units/event")
            yield item(f"put, {name}", "kinesis.put_payload", "payload unit", *events, payload)
        else:
            whole = rounded_up(size, KINESIS_RECORD_BYTES)
            counted = metered(f"bytes of {name}, in whole KB", whole, "bytes/event")
            yield item(f"in, {name}", "kinesis.on_demand_in", "GB", *events, counted, BYTES_A_GB)
            yield item(f"out, {name}", "kinesis.on_demand_out", "GB", *events, exact, BYTES_A_GB)
        for first, last, price, what in _RETENTION:
            longer = min(hours, last) - first
            # Up to a week, bought shards are paid for it by the hour, above.
            if longer <= 0 or (provisioned and first < WEEK_HOURS):
                continue
            kept = declared(stream.name, f"retentionPeriod beyond {first}", longer, "h")
            kept = kept._replace(value=kept.value / HOURS, unit="months")
            yield item(f"{what}, {name}", price, "GB-month", *events, exact, kept, BYTES_A_GB)


def _archive(found: Situation, delivery: Declared) -> Iterator[Item]:
    _, counted = found.archived
    per_batch = f"as the archive packs {found.events_per_batch:.3g} events a batch, in whole 5 KB"
    for name in found.usage.sources:
        events = (found.assume(f"sources.{name}.events"), SECONDS_A_MONTH)
        size = Term("bytes of an event, archived", number(counted), "bytes/event", f"metered: {per_batch}")
        yield Item(
            delivery.component,
            "firehose.ingest",
            delivery.region,
            None,
            f"archive, {name}",
            "GB",
            (*events, size, BYTES_A_GB),
        )
        yield from _through_endpoint(
            found,
            delivery,
            f"archive, {name}",
            *events,
            metered(f"bytes of a line of {name}", found.line_bytes(name), "bytes/event"),
        )
    yield _objects(found, delivery)


def _served(found: Situation, delivery: Declared) -> Iterator[Item]:
    part = sampled(found)
    if part is None:
        return
    for service in found.usage.services:
        line = served_line_bytes(found.registry, service)
        rows = found.value(f"services.{service}.batch")
        asked = (found.assume(f"services.{service}.lookups"), SECONDS_A_MONTH, part)
        counted = rounded_up(line * rows, FIREHOSE_RECORD_BYTES)
        size = metered("bytes of a sampled lookup, in whole 5 KB", counted, "bytes/lookup")
        yield Item(
            delivery.component,
            "firehose.ingest",
            delivery.region,
            None,
            f"serving log, {service}",
            "GB",
            (*asked, size, BYTES_A_GB),
        )
        exact = metered("bytes of a sampled lookup", line * rows, "bytes/lookup")
        yield from _through_endpoint(found, delivery, f"serving log, {service}", *asked, exact)
    yield _objects(found, delivery)


def sampled(found: Situation) -> Term | None:
    """Part of the lookups whose answers are logged; None if there are none."""
    function = found.function("lookup")
    part = float(function.facts.get("HEADWATER_SERVED_SAMPLE", 0)) if function else 0.0
    return declared(function.name, "HEADWATER_SERVED_SAMPLE", part, "of 1") if function and part else None


def _through_endpoint(found: Situation, delivery: Declared, name: str, *terms: Term) -> Iterator[Item]:
    endpoints = [
        each for each in found.of("VpcEndpoint", active=True) if each.facts["service"] == "kinesis-firehose"
    ]
    for endpoint in endpoints:
        yield Item(
            endpoint.component,
            "vpc.interface_endpoint_data",
            delivery.region,
            None,
            f"{name}, through the endpoint",
            "GB",
            (*terms, BYTES_A_GB),
        )


def objects_a_month(found: Situation, delivery: Declared) -> Term:
    """Objects that a delivery stream writes: when its buffer is full, or old."""
    seconds, megabytes = float(delivery.facts["seconds"]), float(delivery.facts["megabytes"])
    bytes_per_s = _bytes_per_s(found, delivery)
    written = max(SECONDS / seconds, bytes_per_s * SECONDS / (megabytes * MB)) if bytes_per_s else 0.0
    how = f"one every {delivery.facts['seconds']} s or {delivery.facts['megabytes']} MB"
    return derived("objects a month", written, "objects", how)


def _bytes_per_s(found: Situation, delivery: Declared) -> float:
    if delivery.facts["prefix"] == names.landing_prefix():
        return found.events_per_s * found.archived[0]
    part = sampled(found)
    if part is None:
        return 0.0
    return sum(
        found.value(f"services.{service}.lookups")
        * float(part.value)
        * found.value(f"services.{service}.batch")
        * served_line_bytes(found.registry, service)
        for service in found.usage.services
    )


def _objects(found: Situation, delivery: Declared) -> Item:
    return Item(
        delivery.component,
        "s3.writes",
        delivery.region,
        None,
        f"objects in {delivery.facts['prefix']}",
        "request",
        (objects_a_month(found, delivery),),
    )
