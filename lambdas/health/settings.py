"""Environment of the health function, read once."""

from typing import NamedTuple

from headwater.settings import STORES, Variables


class HealthSettings(NamedTuple):
    """Which stores the health function asks; the table is the last, because it has the pointer."""

    environment: str
    region: str
    stores: tuple[str, ...]
    redis_url: str
    online_table: str

    @classmethod
    def read(cls, variables: Variables) -> "HealthSettings":
        """Read and check.

        Raises:
            SettingsError: A variable is missing or wrong; names it.
        """
        stores = variables.choices("STORES", STORES)
        return cls(
            environment=variables.text("ENVIRONMENT"),
            region=variables.text("REGION"),
            stores=stores,
            redis_url=variables.text("REDIS_URL") if "redis" in stores else "",
            online_table=variables.text("ONLINE_TABLE"),
        )
