"""What every function reads from its environment, once, at the edge."""

import math
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from headwater.errors import SettingsError

if TYPE_CHECKING:
    from headwater.environment import Environment
    from headwater.online.stores import OnlineStore

STORES = ("redis", "dynamodb")


class Variables:
    """Environment variables with a prefix, each required, checked and named in the error.

    Args:
        environment: Usually ``os.environ``.
        prefix: Of every name.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ, prefix: str = "HEADWATER_") -> None:
        self._environment = environment
        self._prefix = prefix

    def text(self, name: str) -> str:
        """Return a variable that must be there and not empty.

        Raises:
            SettingsError: It is not.
        """
        value = self._environment.get(self._prefix + name, "")
        if not value:
            raise SettingsError(
                f"environment variable {self._prefix}{name}: not set or empty; set it in the function's configuration"
            )
        return value

    def number(self, name: str, least: float, most: float) -> float:
        """Return a variable that must be a number.

        Raises:
            SettingsError: It is not, or lies outside ``least`` to ``most``.
        """
        text = self.text(name)
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            raise SettingsError(
                f"environment variable {self._prefix}{name}: found {text!r}, expected a number from {least:g} to "
                f"{most:g}; correct the function's configuration"
            )
        return value

    def choices(self, name: str, allowed: Sequence[str]) -> tuple[str, ...]:
        """Return a comma-separated list of distinct values out of ``allowed``.

        Raises:
            SettingsError: It has another value, or one twice.
        """
        values = tuple(self.text(name).split(","))
        if not set(values) <= set(allowed) or len(set(values)) < len(values):
            raise SettingsError(
                f"environment variable {self._prefix}{name}: found {','.join(values)!r}, expected a comma-separated "
                f"list of {', '.join(allowed)}, each at most once; correct the function's configuration"
            )
        return values


def open_stores(
    names: Sequence[str], *, redis_url: str, table: str, consistent: bool, dynamodb_client: Any = None
) -> list["OnlineStore"]:
    """Open online stores, loading only the clients that are needed.

    Args:
        names: Of `STORES`, in order.
        redis_url: For ``redis``.
        table: For ``dynamodb``.
        consistent: Read DynamoDB consistently, as writers must.
        dynamodb_client: boto3 client; None: one of the process's own region and credentials.
    """
    stores: list[OnlineStore] = []
    for name in names:
        if name == "redis":
            from headwater.online.redis import RedisStore  # noqa: PLC0415

            stores.append(RedisStore.from_url(redis_url))
        else:
            from headwater.online.dynamodb import DynamoDBStore  # noqa: PLC0415

            stores.append(DynamoDBStore(dynamodb_client or _dynamodb(), table, consistent=consistent))
    return stores


def open_environment(
    outputs: "Environment",
    *,
    consistent: bool,
    stores: Sequence[str] | None = None,
    for_lookups: bool = False,
) -> list["OnlineStore"]:
    """Open online stores of an environment.

    Args:
        outputs: Of its stack.
        consistent: As for `open_stores`.
        stores: Which; None: every one that the environment has.
        for_lookups: They are only read, as the user of the cache who can do no more.
    """
    chosen = outputs.stores if stores is None else stores
    return open_stores(
        chosen,
        redis_url=(for_lookups and outputs.redis_reader_url) or outputs.redis_url,
        table=outputs.online_table_name,
        consistent=consistent,
        dynamodb_client=outputs.client("dynamodb") if "dynamodb" in chosen else None,
    )


def _dynamodb() -> Any:
    import boto3  # noqa: PLC0415

    return boto3.client("dynamodb")
