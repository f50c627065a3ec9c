"""The library's way to feature vectors.

client = connect("prod")
vectors = client.get("flight_delay", [{"origin": "JFK", "carrier": "UA"}])
vectors.rows()[0]["airport_departures__dep_delay_mean_1h"]
"""

from pathlib import Path

from headwater import environment, registry
from headwater.errors import SettingsError
from headwater.online.cache import CachedReads
from headwater.online.client import FeatureClient
from headwater.online.feature_vectors import FeatureVectors
from headwater.online.reader import FeatureReader
from headwater.online.regional import RegionalReads
from headwater.online.stores import ReadableStore
from headwater.online.tiers import TieredReads
from headwater.settings import open_environment

__all__ = ["FeatureClient", "FeatureVectors", "connect", "connect_regions"]

_ANSWER_S = 0.25
"""How long a region's table is waited for where another region can be asked; its cache is given as long."""


def connect(
    name: str,
    root: Path = Path(),
    *,
    registry_file: str = "features/registry.json",
    cache_entries: int = 0,
    cache_ttl_s: float = 1.0,
    consistent: bool = False,
) -> FeatureClient:
    """Connect to an environment whose outputs are in a checkout.

    Args:
        name: Of the environment.
        root: The checkout.
        registry_file: The compiled registry in it.
        cache_entries: Most values kept in this process; 0: none, so that no lookup lags the stream.
        cache_ttl_s: How old a value kept in this process may become.
        consistent: Read DynamoDB strongly consistently, at twice the read units.

    Raises:
        SettingsError: The environment's outputs are not there.
        RegistryError: The registry is not there, or cannot be read.
    """
    definitions = registry.load(root / registry_file)
    outputs = environment.load(root, name)
    store: ReadableStore = TieredReads(open_environment(outputs, consistent=consistent, for_lookups=True))
    if cache_entries:
        store = CachedReads(store, entries=cache_entries, ttl_s=cache_ttl_s)
    return FeatureClient(FeatureReader(store, definitions, name), definitions)


def connect_regions(
    name: str,
    nearest: str,
    root: Path = Path(),
    *,
    registry_file: str = "features/registry.json",
    hedge_ms: float = 50,
) -> FeatureClient:
    """Connect to an environment that runs in several regions: a lookup that one is slow to answer goes to another, too.

    Args:
        name: Of the environment; the outputs of each region are a file in ``.headwater/outputs/<name>/``.
        nearest: Region that is asked first.
        root: The checkout.
        registry_file: The compiled registry in it.
        hedge_ms: How long the nearest region is waited for until the next one is asked as well.

    Raises:
        SettingsError: The outputs are not there, or none is the nearest region's.
        RegistryError: The registry is not there, or cannot be read.
    """
    folder = root / environment.FOLDER / name
    regions = {outputs.region: outputs for outputs in map(environment.read, sorted(folder.glob("*.json")))}
    if nearest not in regions:
        raise SettingsError(
            f"region {nearest!r} of {name!r}: found outputs of {', '.join(regions) or 'none'} in {folder}; save there what "
            "each region's stack puts out"
        )
    stores = {
        region: TieredReads(open_environment(outputs, consistent=False, for_lookups=True, answer_s=_ANSWER_S))
        for region, outputs in regions.items()
    }
    reads = RegionalReads(stores, lambda: nearest, hedge_s=hedge_ms / 1000)
    definitions = registry.load(root / registry_file)
    return FeatureClient(FeatureReader(reads, definitions, name), definitions)
