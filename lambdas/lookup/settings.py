"""Environment of the lookup function, read once."""

from typing import NamedTuple

from headwater.settings import STORES, Variables


class LookupSettings(NamedTuple):
    """Which stores the lookup function reads, in the order it tries them, what it keeps and what it logs."""

    environment: str
    stores: tuple[str, ...]
    redis_url: str
    online_table: str
    consistent: bool
    cache_entries: int
    cache_ttl_s: float
    served_stream: str
    served_sample: float

    @classmethod
    def read(cls, variables: Variables) -> "LookupSettings":
        """Read and check.

        Raises:
            SettingsError: A variable is missing or wrong; names it.
        """
        stores = variables.choices("STORES", STORES)
        return cls(
            environment=variables.text("ENVIRONMENT"),
            stores=stores,
            redis_url=variables.text("REDIS_URL") if "redis" in stores else "",
            online_table=variables.text("ONLINE_TABLE"),
            consistent=variables.choices("CONSISTENT", ("yes", "no")) == ("yes",),
            cache_entries=int(variables.number("CACHE_ENTRIES", 0, 10_000_000)),
            cache_ttl_s=variables.number("CACHE_TTL_MS", 0, 3_600_000) / 1000,
            served_stream=variables.text("SERVED_STREAM"),
            served_sample=variables.number("SERVED_SAMPLE", 0, 1),
        )
