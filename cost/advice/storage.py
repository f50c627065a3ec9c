"""Advice on where in S3 the event log lies: by how often it is read."""

from collections.abc import Iterator
from decimal import Decimal

from cost.advice.cases import Case
from cost.advice.proposals import Advice
from cost.estimate.lines import Estimate, Line
from cost.estimate.terms import plain
from cost.prices.snapshot import weakest
from cost.prices.tiers import to_cents

READ_DAYS = 30
"""How far back the event log is read each month; what is older is read for a training set now and then."""


def advice(case: Case, estimate: Estimate) -> Iterator[Advice]:
    """What another storage class saves on the older part of the event log."""
    lines = [line for line in estimate.lines if line.name.startswith("event log, ")]
    stored = [(line, _older(case, line)) for line in lines]
    older = sum((quantity for _, quantity in stored), Decimal(0))
    if not older:
        return
    class_price = case.prices.find("s3.storage_infrequent", case.graph.region, "GB-month")
    read_price = case.prices.find("s3.retrieval_infrequent", case.graph.region, "GB")
    usual = case.prices.find("s3.storage", case.graph.region, "GB-month")
    scanned = case.usage.at("middle").training.scanned.value
    # Queries read the log evenly: what is older is read as large a part of as it is of the log.
    read = scanned * older / sum((line.quantity for line in lines), Decimal(0))
    usd_before = older * usual.tiers[0].usd
    usd_after = older * class_price.tiers[0].usd + read * read_price.tiers[0].usd
    saving = to_cents(usd_before - usd_after)
    cheaper = f"{plain(older)} GB-month older than {READ_DAYS} days × ({usual.tiers[0].usd} - {class_price.tiers[0].usd}) USD"
    dearer = f"{plain(read)} GB read of it × {read_price.tiers[0].usd} USD"
    prices = (usual, class_price, read_price)
    yield Advice(
        key="bucket.infrequent",
        title=f"Move the event log's files to infrequent access after {READ_DAYS} days",
        how="a transition rule in infra/components/offline_lifecycle.py",
        risk="Reading is paid by the gigabyte: a month with many large training sets costs more than is saved. Files "
        "below 128 KB are charged as 128 KB: compact first.",
        saving_usd=saving,
        low_usd=saving,
        high_usd=saving,
        arithmetic=(f"{cheaper} - {dearer} = {saving:,.2f} USD",),
        sources=tuple(f"{price.key}: {price.tiers[0].source}" for price in prices),
        confidence=weakest([price.confidence for price in prices]),
    )


def _older(case: Case, line: Line) -> Decimal:
    source = case.usage.at("middle").sources[line.name.removeprefix("event log, ")]
    days = source.kept.value * Decimal(730) / 24
    return line.quantity * max(1 - READ_DAYS / days, Decimal(0))
