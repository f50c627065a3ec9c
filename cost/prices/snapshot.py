"""A snapshot of prices: the file, and lookup by key, region and unit.

Snapshots lie beside this module, named by their date; the latest one counts. A price is asked for
with the unit it is expected to be in, so that a change of AWS's is an error and no wrong sum.
"""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

import msgspec

from cost.errors import PriceError

SCHEMA = "headwater-prices/1"
FOLDER = Path(__file__).parent
GLOBAL = "global"
MAXIMUM_AGE_DAYS = 180
"""Days since a price was last compared with its source, after which it is no longer believed."""

Confidence = Literal["sourced", "secondary", "derived", "from_memory"]
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}\.json")


class Tier(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step of a price.

    Attributes:
        up_to: Units a month at which the next step begins; None: no end.
        usd: For `Price.per` units.
        said: The unit as the source says it.
        source: Where the figure was read.
        as_of: Date of the source; ``unknown`` where it has none.
        confidence: How it was come by; the file says what each word means.
        note: What else is to be known.
    """

    up_to: Decimal | None
    usd: Decimal
    said: str
    source: str
    as_of: str
    confidence: Confidence
    note: str = ""


class Free(msgspec.Struct, frozen=True, kw_only=True):
    """What an account does not pay for each month.

    Attributes:
        quantity: Units.
        pool: Prices with the same pool share it.
        source: Where the figure was read.
        as_of: Date of the source.
        confidence: As of a tier.
    """

    quantity: Decimal
    pool: str
    source: str
    as_of: str
    confidence: Confidence


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """A price in one region.

    Attributes:
        key: Service and item, such as ``dynamodb.on_demand_write``; stable between snapshots.
        region: Region, or ``global``.
        unit: What is counted, such as ``write unit``.
        per: Units that a tier's price is for.
        checked: When it was last compared with its source.
        filter: What finds it in AWS's Price List; a name with ``~`` is a regular expression of ours.
        free: What an account has free each month.
        tiers: From the first unit on.
    """

    key: str
    region: str
    unit: str
    per: Decimal
    checked: date
    filter: dict[str, str] | None
    free: Free | None
    tiers: list[Tier]

    @property
    def service(self) -> str:
        """The part of the key before the dot."""
        return self.key.partition(".")[0]

    @property
    def confidence(self) -> Confidence:
        """The weakest of its tiers'."""
        return weakest([tier.confidence for tier in self.tiers])


class StandIn(msgspec.Struct, frozen=True, kw_only=True):
    """A region whose prices are taken from another where there are none of its own.

    Attributes:
        prices_of: The other region.
        confidence: How it is known that they are the same.
        source: Where.
    """

    prices_of: str
    confidence: Confidence
    source: str


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The file."""

    schema: str
    currency: str
    date: date
    confidences: dict[str, str]
    stand_ins: dict[str, StandIn]
    prices: list[Price]


def weakest(confidences: list[Confidence]) -> Confidence:
    """The one to show when several figures are used together.

    >>> weakest(["sourced", "from_memory", "derived"])
    'from_memory'
    """
    order: list[Confidence] = ["sourced", "derived", "secondary", "from_memory"]
    return max(confidences, key=order.index)


class Prices:
    """Prices of a snapshot, for lookup.

    Args:
        snapshot: The snapshot.
        today: What ages are counted from.
        maximum_age_days: Since a price was compared with its source.
    """

    def __init__(self, snapshot: Snapshot, today: date, maximum_age_days: int = MAXIMUM_AGE_DAYS) -> None:
        self.snapshot = snapshot
        self.today = today
        self._maximum_age_days = maximum_age_days
        self._found = {(price.key, price.region): price for price in snapshot.prices}

    @property
    def age_days(self) -> int:
        """Days since the snapshot was made."""
        return (self.today - self.snapshot.date).days

    def regions(self) -> set[str]:
        """Regions that prices can be asked for."""
        return {price.region for price in self.snapshot.prices} - {GLOBAL} | set(self.snapshot.stand_ins)

    def find(self, key: str, region: str, unit: str) -> Price:
        """Return a price.

        Args:
            key: Service and item.
            region: Region; a global price is found from any.
            unit: What the caller counts.

        Raises:
            PriceError: It is missing, was compared with its source too long ago, or is for another unit.
        """
        price = self._in(key, region)
        age = (self.today - price.checked).days
        if age > self._maximum_age_days:
            raise PriceError(
                f"price {key!r} in {region}: last compared with its source {age} days ago, on {price.checked}; at most "
                f"{self._maximum_age_days} are believed; run `python -m cost prices refresh`, or correct {self.file}"
            )
        if price.unit != unit:
            raise PriceError(
                f"price {key!r} in {region}: found per {price.unit!r}, expected per {unit!r}; correct {self.file} or "
                "the quantity that is multiplied by it"
            )
        return price

    @property
    def file(self) -> str:
        """Where the prices lie."""
        return f"cost/prices/{self.snapshot.date}.json"

    def _in(self, key: str, region: str) -> Price:
        for place in (region, GLOBAL):
            if (found := self._found.get((key, place))) is not None:
                return found
        if (stand_in := self.snapshot.stand_ins.get(region)) and (
            found := self._found.get((key, stand_in.prices_of))
        ):
            return _instead(found, region, stand_in)
        known = sorted(place for name, place in self._found if name == key)
        there = f"it is known in {', '.join(known)}" if known else "no region has it"
        raise PriceError(
            f"price {key!r} in {region}: not in {self.file}; {there}; add it there with its source and date"
        )


def _instead(price: Price, region: str, stand_in: StandIn) -> Price:
    note = f"the price of {price.region}, taken for {region}: {stand_in.source}"
    return msgspec.structs.replace(
        price,
        region=region,
        tiers=[
            msgspec.structs.replace(
                tier,
                confidence=weakest([tier.confidence, stand_in.confidence]),
                note="; ".join(filter(None, [tier.note, note])),
            )
            for tier in price.tiers
        ],
    )


def latest(folder: Path = FOLDER) -> Path:
    """File of the latest snapshot.

    Raises:
        PriceError: There is none.
    """
    files = sorted(file for file in folder.glob("*.json") if _DATED.fullmatch(file.name))
    if not files:
        raise PriceError(
            f"prices: no snapshot in {folder}; put back cost/prices/<date>.json from the repository"
        )
    return files[-1]


def decode(content: bytes, name: str) -> Snapshot:
    """Read a snapshot.

    Raises:
        PriceError: It is not one, a price stands in it twice, or its tiers do not go up to an end.
    """
    try:
        snapshot = msgspec.json.decode(content, type=Snapshot)
    except msgspec.MsgspecError as error:
        raise PriceError(f"prices {name}: {error}; put it back from the repository") from error
    if snapshot.schema != SCHEMA or snapshot.currency != "USD":
        raise PriceError(
            f"prices {name}: found schema {snapshot.schema!r} in {snapshot.currency}, expected {SCHEMA!r} in USD; "
            "use the release of the project that wrote it"
        )
    seen: set[tuple[str, str]] = set()
    for price in snapshot.prices:
        _check(price, name)
        if (price.key, price.region) in seen:
            raise PriceError(f"price {price.key!r} in {price.region}: stands twice in {name}; remove one")
        seen.add((price.key, price.region))
    return snapshot


def _check(price: Price, name: str) -> None:
    numbers = [price.per, *(tier.usd for tier in price.tiers)]
    if not all(number.is_finite() for number in numbers):
        raise PriceError(
            f"price {price.key!r} in {price.region} of {name}: found {', '.join(map(str, numbers))}, expected finite numbers; "
            "correct them"
        )
    ends = [tier.up_to for tier in price.tiers]
    bounds = [end for end in ends if end is not None]
    # Only the last tier may have no end.
    rising = None not in ends[:-1] and bounds == sorted(set(bounds))
    if not ends or not rising or price.per <= 0 or any(tier.usd < 0 for tier in price.tiers):
        said = ", ".join(f"up to {tier.up_to}: {tier.usd}" for tier in price.tiers)
        raise PriceError(
            f"price {price.key!r} in {price.region} of {name}: found tiers [{said}] per {price.per}, expected rising "
            "bounds and no negative price; correct them"
        )


def load(file: Path | None = None) -> Snapshot:
    """Read a snapshot; by default the latest."""
    file = file or latest()
    try:
        content = file.read_bytes()
    except OSError as error:
        raise PriceError(f"prices {file}: {error}; name a snapshot that can be read") from error
    return decode(content, file.name)
