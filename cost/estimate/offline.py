"""The bucket, and the queries of what is in it."""

from collections.abc import Iterator
from decimal import Decimal

from cost.estimate.context import Situation
from cost.estimate.events import objects_a_month, sampled
from cost.estimate.jobs import runs
from cost.estimate.terms import (
    BYTES_A_GB,
    DAYS,
    SECONDS_A_MONTH,
    Item,
    Term,
    declared,
    derived,
    metered,
    number,
)
from cost.graphs import Declared
from cost.metering import served_line_bytes
from headwater import names

LISTED_AT_ONCE = 1_000


def items(found: Situation) -> Iterator[Item]:
    """What the bucket and queries cost."""
    bucket = found.one("Bucket")
    if bucket is not None:
        for name, terms in stored(found):
            yield Item(
                bucket.component,
                "s3.storage",
                bucket.region,
                None,
                name,
                "GB-month",
                (*terms, BYTES_A_GB),
            )
        yield from _requests(found, bucket)
    for workgroup in found.of("Workgroup", active=True):
        scanned = found.assume("training.scanned")
        terabytes = Term("a GB", number(1) / 1024, "TB", "1 / 1024")
        yield Item(
            workgroup.component,
            "athena.scanned",
            workgroup.region,
            None,
            "queries",
            "TB",
            (scanned, terabytes),
        )


def _in_log(found: Situation) -> Term:
    return Term(
        "bytes in the log for each archived",
        number(found.measured.log_bytes_per_line_byte),
        "of 1",
        found.measured.source,
    )


def landed(found: Situation, source: str) -> tuple[Term, ...]:
    """Bytes that land of a source in a month, as lines."""
    return (
        found.assume(f"sources.{source}.events"),
        SECONDS_A_MONTH,
        metered(f"bytes of a line of {source}", found.line_bytes(source), "bytes/event"),
    )


def logged(found: Situation, source: str) -> tuple[Term, ...]:
    """Bytes that the event log of a source grows by in a month."""
    return (*landed(found, source), _in_log(found))


def stored(found: Situation, longer: Term | None = None) -> Iterator[tuple[str, tuple[Term, ...]]]:
    """What lies in the bucket: names, and terms that come to bytes.

    Args:
        found: The environment.
        longer: For how much longer what was overwritten or deleted is kept, in days, as backups do.
    """
    for name in found.usage.sources:
        yield f"event log, {name}", (*logged(found, name), found.assume(f"sources.{name}.kept"))
    for service, terms in served_log(found).items():
        yield f"serving log, {service}", (*terms, found.assume(f"services.{service}.log_kept"))
    yield "training sets", training_sets(found)
    months = _old_versions(found, longer)
    if months is None:
        return
    for name in found.usage.sources:
        yield f"landed and moved, {name}, old versions", (*landed(found, name), months)
        yield f"compacted, {name}, old versions", (*logged(found, name), months)
    for service, terms in served(found).items():
        yield f"landed and moved, {service}, old versions", (*terms, months)


def written(found: Situation) -> Iterator[tuple[str, tuple[Term, ...]]]:
    """What comes into the bucket in a month: names, and terms that come to bytes."""
    for name in found.usage.sources:
        yield f"landed, {name}", landed(found, name)
        yield f"event log, {name}", logged(found, name)
        if runs(found).get("compact"):
            yield f"compacted, {name}", logged(found, name)
    for service, terms in served(found).items():
        yield f"landed, {service}", terms
        yield f"serving log, {service}", (*terms, _in_log(found))
    *sets, _ = training_sets(found)
    yield "training sets", tuple(sets)


def _old_versions(found: Situation, longer: Term | None) -> Term | None:
    """How long what was overwritten or deleted stays; None where nothing does."""
    lifecycle, versioning = found.one("BucketLifecycleConfiguration"), found.one("BucketVersioning")
    days = lifecycle.facts["old_versions_days"] if lifecycle else 0
    if lifecycle is None or versioning is None or not versioning.facts["enabled"] or not days:
        return None
    old = declared(lifecycle.name, "old_versions_days", days, "days")
    if longer is not None:
        old = old._replace(name=f"{old.name} + {longer.name}", value=old.value + longer.value)
    return old._replace(value=old.value / DAYS, unit="months")


def served(found: Situation) -> dict[str, tuple[Term, ...]]:
    """Bytes that land of what was served in a month, as lines, by service; empty if nothing is logged."""
    part = sampled(found)
    if part is None:
        return {}
    return {
        service: (
            found.assume(f"services.{service}.lookups"),
            SECONDS_A_MONTH,
            part,
            found.assume(f"services.{service}.batch"),
            metered("bytes of a row", served_line_bytes(found.registry, service), "bytes/row"),
        )
        for service in found.usage.services
    }


def served_log(found: Situation) -> dict[str, tuple[Term, ...]]:
    """Bytes that the serving log grows by in a month, by service."""
    return {service: (*terms, _in_log(found)) for service, terms in served(found).items()}


def training_sets(found: Situation) -> tuple[Term, ...]:
    """Bytes of the training sets that there are."""
    lifecycle = found.one("BucketLifecycleConfiguration")
    kept = found.assume("training.kept")
    days = lifecycle.facts["expiring"].get(names.training_prefix()) if lifecycle else None
    if lifecycle is not None and days is not None and number(days) / DAYS < kept.value:
        kept = declared(lifecycle.name, f"expiration of {names.training_prefix()}", days, "days")
        kept = kept._replace(value=kept.value / DAYS, unit="months")
    size = found.assume("training.size")
    sets = found.assume("jobs.training_set.runs")
    gigabytes = size._replace(value=size.value / BYTES_A_GB.value, unit="bytes/set")
    return sets, gigabytes, kept


def commits(found: Situation) -> dict[str, tuple[Term, ...]]:
    """Objects that jobs' commits to the event log leave in a month, by job."""
    counts = runs(found)
    tables = declared("registry", "sources", len(found.registry.sources), "tables")
    commit = Term(
        "objects of a commit", number(found.measured.commit_writes), "requests", found.measured.source
    )
    return {
        job: (
            derived(f"runs of {job}", counts.get(job, 0.0), "runs", "scheduled and assumed"),
            tables,
            commit,
        )
        for job in ("ingest", "compact")
    }


def _requests(found: Situation, bucket: Declared) -> Iterator[Item]:
    def item(name: str, price: str, *terms: Term) -> Item:
        return Item(bucket.component, price, bucket.region, None, name, "request", terms)

    for job, terms in commits(found).items():
        yield item(f"commits of {job}", "s3.writes", *terms)
    landed_objects = sum(
        (
            objects_a_month(found, delivery).value
            for delivery in found.of("FirehoseDeliveryStream", active=True)
            if delivery.facts["prefix"] == names.landing_prefix()
        ),
        Decimal(0),
    )
    read = derived("objects a month", landed_objects, "objects", "landed, each read once")
    yield item("landed objects read", "s3.reads", read)
    pages = max(landed_objects / LISTED_AT_ONCE, number(runs(found).get("ingest", 0.0)))
    yield item(
        "landed objects listed", "s3.writes", derived("listings", pages, "requests", "a thousand at once")
    )
    files = declared("jobs", "files", len(found.of("BucketObjectv2", active=True)), "objects")
    yield item("files of jobs deployed", "s3.writes", found.assume("people.deployments"), files)
