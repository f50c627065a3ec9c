"""Copies of the bucket in another region's: what is sent there, in which requests, and what stays there."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from cost.errors import GraphError
from cost.estimate.context import Situation
from cost.estimate.events import objects_a_month
from cost.estimate.jobs import runs
from cost.estimate.offline import commits, landed, logged, served, served_log
from cost.estimate.terms import BYTES_A_GB, DAYS, Item, Term, declared
from cost.graphs import Declared
from headwater import names

Rules = Mapping[str, Mapping[str, Any]]
"""Rules by what they copy."""


def items(found: Situation) -> Iterator[Item]:
    """What replication costs, from the region with the traffic."""
    for replication in found.of("BucketReplicationConfig", active=True):
        rules = {rule["prefix"]: rule for rule in replication.facts["rules"]}
        if not rules:
            continue
        others = [bucket for bucket in found.of("Bucket") if bucket.region != found.region]
        if not others:
            raise GraphError(
                f"replication {replication.name!r}: no bucket of another region is declared, expected the one it copies "
                "to; declare it in the same program"
            )
        there = others[0].region
        for source in found.usage.sources:
            yield from _landed(
                found, replication, rules, names.landing_prefix(), there, source, landed(found, source)
            )
            yield from _log(found, replication, rules, there, source)
        yield from _serving_log(found, replication, rules, there)
        yield from _requests(found, replication, rules, there)
        yield _metrics(replication, rules)


def _landed(
    found: Situation,
    replication: Declared,
    rules: Rules,
    prefix: str,
    there: str,
    name: str,
    terms: tuple[Term, ...],
) -> Iterator[Item]:
    """Lines as they land. That they are moved afterwards is not copied: the copy goes when its rules say so."""
    if prefix not in rules:
        return
    yield from _sent(replication, rules, prefix, f"landed lines copied, {name}", terms)
    lifecycle = next(
        (each for each in found.of("BucketLifecycleConfiguration") if each.region == there), None
    )
    if lifecycle is None or prefix not in lifecycle.facts["expiring"]:
        raise GraphError(
            f"replication {replication.name!r}: copies of {prefix!r} in {there} never go, expected a rule that lets them "
            "expire; declare it, or they are kept and paid for without end"
        )
    days = lifecycle.facts["expiring"][prefix] + lifecycle.facts["old_versions_days"]
    kept = declared(lifecycle.name, f"expiration of {prefix} and old_versions_days", days, "days")
    months = kept._replace(value=kept.value / DAYS, unit="months")
    yield _stored(replication, there, f"landed lines' copy, {name}", (*terms, months))


def _log(found: Situation, replication: Declared, rules: Rules, there: str, source: str) -> Iterator[Item]:
    """Files of the event log: those that ingestion writes, and those that compaction makes of them.

    What compaction replaced is deleted at home, and deletions are not copied.
    """
    prefix = names.warehouse_prefix()
    if prefix not in rules:
        return
    written = [("event log", logged(found, source))]
    if runs(found).get("compact"):
        written.append(("what compaction replaced of the event log", logged(found, source)))
    for what, terms in written:
        yield from _sent(replication, rules, prefix, f"{what} copied, {source}", terms)
        kept = (*terms, found.assume(f"sources.{source}.kept"))
        yield _stored(replication, there, f"{what}: its copy, {source}", kept)


def _serving_log(found: Situation, replication: Declared, rules: Rules, there: str) -> Iterator[Item]:
    prefix = names.warehouse_prefix()
    for service, terms in served(found).items():
        yield from _landed(found, replication, rules, names.served_prefix(), there, service, terms)
    for service, terms in served_log(found).items():
        if prefix in rules:
            yield from _sent(replication, rules, prefix, f"serving log copied, {service}", terms)
            kept = (*terms, found.assume(f"services.{service}.log_kept"))
            yield _stored(replication, there, f"serving log: its copy, {service}", kept)


def _sent(
    replication: Declared, rules: Rules, prefix: str, what: str, terms: tuple[Term, ...]
) -> Iterator[Item]:
    if prefix not in rules:
        return
    for price, name in (
        ("s3.replication_transfer", what),
        *([("s3.replication_time_control", f"{what}, in time")] if rules[prefix]["timed"] else []),
    ):
        yield Item(replication.component, price, replication.region, None, name, "GB", (*terms, BYTES_A_GB))


def _stored(replication: Declared, there: str, what: str, terms: tuple[Term, ...]) -> Item:
    return Item(replication.component, "s3.storage", there, None, what, "GB-month", (*terms, BYTES_A_GB))


def _requests(found: Situation, replication: Declared, rules: Rules, there: str) -> Iterator[Item]:
    """Each copied object is written there by a request."""
    for delivery in found.of("FirehoseDeliveryStream", active=True):
        if delivery.facts["prefix"] in rules:
            count = objects_a_month(found, delivery)
            yield _written(replication, there, f"objects of {delivery.facts['prefix']} copied", count)
    if names.warehouse_prefix() in rules:
        for job, terms in commits(found).items():
            yield _written(replication, there, f"commits of {job} copied", *terms)


def _written(replication: Declared, there: str, what: str, *terms: Term) -> Item:
    return Item(replication.component, "s3.writes", there, None, what, "request", terms)


def _metrics(replication: Declared, rules: Rules) -> Item:
    """A rule that copies in time is measured, and its metrics are paid for as one's own are."""
    timed = declared(
        replication.name, "rules in time", sum(rule["timed"] for rule in rules.values()), "rules"
    )
    each = Term(
        "metrics of a rule",
        Decimal(4),
        "metrics/rule",
        "S3: bytes and operations pending, operations failed, latency",
    )
    name = "metrics of rules"
    return Item(
        replication.component,
        "cloudwatch.custom_metrics",
        replication.region,
        None,
        name,
        "metric-month",
        (timed, each),
    )
