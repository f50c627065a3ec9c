"""Environment of the lookup function, read once."""

from typing import NamedTuple

from headwater.settings import STORES, Variables


class LookupSettings(NamedTuple):
    """Which stores the lookup function reads, in the order it tries them."""

    environment: str
    stores: tuple[str, ...]
    redis_url: str
    online_table: str

    @classmethod
    def read(cls, variables: Variables) -> "LookupSettings":
        """Read and check.

        Raises:
            SettingsError: A variable is missing or wrong; names it.
        """
        return cls(
            environment=variables.text("ENVIRONMENT"),
            stores=variables.choices("STORES", STORES),
            redis_url=variables.text("REDIS_URL"),
            online_table=variables.text("ONLINE_TABLE"),
        )
