"""The library's way to feature vectors.

client = connect("prod")
vectors = client.get("flight_delay", [{"origin": "JFK", "carrier": "UA"}])
vectors.rows()[0]["airport_departures__dep_delay_mean_1h"]
"""

from pathlib import Path

from headwater import environment, registry
from headwater.online.cache import CachedReads
from headwater.online.client import FeatureClient
from headwater.online.feature_vectors import FeatureVectors
from headwater.online.reader import FeatureReader
from headwater.online.stores import ReadableStore
from headwater.online.tiers import TieredReads
from headwater.settings import open_environment

__all__ = ["FeatureClient", "FeatureVectors", "connect"]


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
