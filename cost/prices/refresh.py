"""Prices anew from AWS's Price List: each row by the filter it has, into a snapshot of today.

A row whose filter finds nothing, or two different prices, or a price many times what it was, keeps
what it had, with the date at which that was last compared; the report says so. When a call fails,
nothing is written.
"""

import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec

from cost.errors import PriceError
from cost.prices.snapshot import GLOBAL, Price, Snapshot, Tier, decode

SOURCE = "AWS Price List API, GetProducts"
_MOST_CHANGE = 5
"""A price that is so many times what it was is taken for one of another unit."""


class PriceList(Protocol):
    """What is needed of boto3's client ``pricing``."""

    def get_products(self, **request: Any) -> Any:
        """One page of products."""


class Refreshed(NamedTuple):
    """What became of a row.

    Attributes:
        price: The row as it stands in the new snapshot.
        changed: What it was before, if it is something else now.
        kept: Why it keeps what it had; empty if it was compared.
    """

    price: Price
    changed: str
    kept: str


def refresh(snapshot: Snapshot, client: PriceList, today: date) -> list[Refreshed]:
    """Ask for every row that has a filter.

    Raises:
        PriceError: A call fails; says for which row.
    """
    return [_row(price, client, today) for price in snapshot.prices]


def write(snapshot: Snapshot, rows: Sequence[Refreshed], today: date, folder: Path) -> Path:
    """Write the new snapshot whole, beside the older ones.

    Raises:
        PriceError: The new snapshot could not be read again; nothing was written.
    """
    found = msgspec.structs.replace(snapshot, date=today, prices=[row.price for row in rows])
    content = msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"
    file = folder / f"{today}.json"
    decode(content, file.name)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".", suffix=".part", delete=False) as part:
        part.write(content)
    Path(part.name).chmod(0o644)
    os.replace(part.name, file)  # noqa: PTH105 (as `Path.replace`; said so that it is seen to be one step)
    return file


def _row(price: Price, client: PriceList, today: date) -> Refreshed:
    if not price.filter:
        return Refreshed(price, "", "has no filter: compare it by hand")
    dimensions = list(_dimensions(price, client))
    by_bounds: dict[tuple[str, str], set[Decimal]] = {}
    for each in dimensions:
        bounds = (str(each.get("beginRange", "0")), str(each.get("endRange", "Inf")))
        by_bounds.setdefault(bounds, set()).add(Decimal(each["pricePerUnit"]["USD"]))
    # AWS's free part stands in the list as a first tier of nothing.
    paid = {bounds: values for bounds, values in by_bounds.items() if values != {Decimal(0)}}
    if not paid:
        return Refreshed(price, "", "its filter finds nothing that has a price")
    if any(len(values) > 1 for values in paid.values()):
        said = ", ".join(sorted(str(value) for values in paid.values() for value in values))
        return Refreshed(price, "", f"its filter finds several prices: {said}")
    units = sorted({str(each.get("unit", "")) for each in dimensions})
    tiers = _tiers(price, [(*bounds, next(iter(values))) for bounds, values in paid.items()], today, units)
    before = price.tiers[0].usd
    if before and not 1 / _MOST_CHANGE <= tiers[0].usd / before <= _MOST_CHANGE:
        return Refreshed(
            price, "", f"was {before}, is {tiers[0].usd} per {price.per} {price.unit} ({', '.join(units)})"
        )
    new = msgspec.structs.replace(price, tiers=tiers, checked=today)
    was = [(tier.up_to, tier.usd) for tier in price.tiers]
    changed = "" if was == [(tier.up_to, tier.usd) for tier in tiers] else _said(price.tiers)
    return Refreshed(new, changed, "")


def _said(tiers: Iterable[Tier]) -> str:
    return ", ".join(f"{tier.usd}{'' if tier.up_to is None else f' up to {tier.up_to}'}" for tier in tiers)


def _tiers(
    price: Price, found: list[tuple[str, str, Decimal]], today: date, units: Sequence[str]
) -> list[Tier]:
    ordered = sorted(found, key=lambda each: Decimal(each[0]))
    said = f"per {' or '.join(units)}"
    return [
        Tier(
            up_to=None if end == "Inf" else Decimal(end),
            usd=_plain(usd * price.per),
            said=said,
            source=SOURCE,
            as_of=str(today),
            confidence="sourced",
        )
        for _, end, usd in ordered
    ]


def _plain(value: Decimal) -> Decimal:
    return Decimal(f"{value.normalize():f}")


def _dimensions(price: Price, client: PriceList) -> Iterator[Mapping[str, Any]]:
    wanted = dict(price.filter or {})
    service = wanted.pop("ServiceCode")
    patterns = {name[:-1]: re.compile(value) for name, value in wanted.items() if name.endswith("~")}
    exact = {name: value for name, value in wanted.items() if not name.endswith("~")}
    if price.region != GLOBAL:
        exact["regionCode"] = price.region
    filters = [{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in exact.items()]
    for product in _products(price, client, service, filters):
        attributes = product["product"]["attributes"]
        if "ExtendedSupport" in attributes.get("usagetype", ""):
            continue
        if all(pattern.search(attributes.get(name, "")) for name, pattern in patterns.items()):
            for term in product.get("terms", {}).get("OnDemand", {}).values():
                yield from term["priceDimensions"].values()


def _products(
    price: Price, client: PriceList, service: str, filters: Sequence[Mapping[str, str]]
) -> Iterator[Any]:
    # Heavy, and only who refreshes pays it.
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    token: dict[str, str] = {}
    while True:
        try:
            answer = client.get_products(
                ServiceCode=service, Filters=list(filters), FormatVersion="aws_v1", **token
            )
        except (BotoCoreError, ClientError) as error:
            raise PriceError(
                f"price {price.key!r} in {price.region}: not asked for: {error}; nothing was written, try again with "
                "credentials that allow pricing:GetProducts"
            ) from error
        yield from map(json.loads, answer["PriceList"])
        if not answer.get("NextToken"):
            return
        token = {"NextToken": answer["NextToken"]}
