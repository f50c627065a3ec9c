"""Advice on where in S3 the event log lies: by how often it is read."""

import math
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from cost.advice.cases import Case
from cost.advice.proposals import Advice
from cost.estimate.lines import Estimate
from cost.estimate.terms import plain
from cost.prices.snapshot import Price, weakest
from cost.prices.tiers import to_cents

READ_DAYS = 30
"""After which a file may move: neither class takes it earlier without a loss."""
FILE_GB = Decimal("0.25")
"""Of a file when compaction has been there (`headwater.offline.layout`); a day has one of its own."""


class _Log(NamedTuple):
    """The event log, in GB, and what of it is older than `READ_DAYS`; how many files; GB read a month, evenly."""

    size: Decimal
    older: Decimal
    files: int
    read: Decimal


def advice(case: Case, estimate: Estimate) -> Iterator[Advice]:
    """What another storage class saves on the older part of the event log."""
    log = _log(case, estimate)
    if log.older:
        usual = case.prices.find("s3.storage", case.graph.region, "GB-month")
        class_price = case.prices.find("s3.storage_infrequent", case.graph.region, "GB-month")
        yield _infrequent(case, log, usual, class_price)
        yield _intelligent(case, log, usual, class_price)


def _log(case: Case, estimate: Estimate) -> _Log:
    size = older = Decimal(0)
    files = 0
    middle = case.usage.at("middle")
    for line in estimate.lines:
        if line.name.startswith("event log, "):
            days = middle.sources[line.name.removeprefix("event log, ")].kept.value * Decimal(730) / 24
            size += line.quantity
            older += line.quantity * max(1 - READ_DAYS / days, Decimal(0))
            files += math.ceil(max(days, line.quantity / FILE_GB))
    return _Log(size, older, files, middle.training.scanned.value)


def _infrequent(case: Case, log: _Log, usual: Price, class_price: Price) -> Advice:
    read_price = case.prices.find("s3.retrieval_infrequent", case.graph.region, "GB")
    # What is older is read as large a part of as it is of the log.
    read = log.read * log.older / log.size
    usd = log.older * (usual.tiers[0].usd - class_price.tiers[0].usd) - read * read_price.tiers[0].usd
    return _made(
        "bucket.infrequent",
        f"Move the event log's files to infrequent access after {READ_DAYS} days",
        "Reading is paid by the gigabyte: a month with many large training sets costs more than is saved. Files below "
        "128 KB are charged as 128 KB: compact first.",
        usd,
        f"{plain(log.older)} GB-month older than {READ_DAYS} days × ({usual.tiers[0].usd} - {class_price.tiers[0].usd}) "
        f"USD - {plain(read)} GB read of it × {read_price.tiers[0].usd} USD",
        (usual, class_price, read_price),
    )


def _intelligent(case: Case, log: _Log, usual: Price, class_price: Price) -> Advice:
    watched = case.prices.find("s3.intelligent_monitoring", case.graph.region, "object-month")
    # A file that is read stays where it is dear for a month more.
    unread = log.older * max(1 - log.read / log.size, Decimal(0))
    usd = (
        unread * (usual.tiers[0].usd - class_price.tiers[0].usd)
        - log.files / watched.per * watched.tiers[0].usd
    )
    return _made(
        "bucket.intelligent",
        "Let S3 move the event log's files by how they are read (Intelligent-Tiering)",
        "Each file is charged for being watched; what is read goes back to where it was.",
        usd,
        f"{plain(unread)} GB-month unread for {READ_DAYS} days × ({usual.tiers[0].usd} - {class_price.tiers[0].usd}) USD - "
        f"{log.files:,} files × {watched.tiers[0].usd} USD per {plain(watched.per)}",
        (usual, class_price, watched),
    )


def _made(
    key: str, title: str, risk: str, usd: Decimal, arithmetic: str, prices: tuple[Price, ...]
) -> Advice:
    saving = to_cents(usd)
    return Advice(
        key=key,
        title=title,
        how="a transition rule in infra/components/offline_lifecycle.py",
        risk=risk,
        saving_usd=saving,
        low_usd=saving,
        high_usd=saving,
        arithmetic=(f"{arithmetic} = {saving:,.2f} USD",),
        sources=tuple(f"{price.key}: {price.tiers[0].source}" for price in prices),
        confidence=weakest([price.confidence for price in prices]),
    )
