"""Prices of a region, as the cost package left them in ``unit_prices.json``."""

from functools import cache
from pathlib import Path

import msgspec

from headwater.errors import SettingsError

FILE = Path(__file__).with_suffix(".json")


class UnitPrices(msgspec.Struct, frozen=True, kw_only=True):
    """The file.

    Attributes:
        snapshot: Date of the prices.
        currency: Theirs.
        regions: US dollars per unit by region and key. The first tier; nothing is free.
    """

    snapshot: str
    currency: str
    regions: dict[str, dict[str, str]]

    def find(self, region: str, key: str) -> float:
        """US dollars per unit.

        Raises:
            SettingsError: The region has no such price.
        """
        price = self.regions.get(region, {}).get(key)
        if price is None:
            known = sorted(name for name, prices in self.regions.items() if key in prices)
            raise SettingsError(
                f"unit cost in {region}: no price {key!r} of {self.snapshot}; it is known in "
                f"{', '.join(known) or 'no region'}; add it to cost/prices and run `python -m cost unit-prices`, or set "
                "headwater:costPerMillionLookupsUsd to 0"
            )
        return float(price)


@cache
def load() -> UnitPrices:
    """Read the file."""
    return msgspec.json.decode(FILE.read_bytes(), type=UnitPrices)
