"""Addresses of the cache, as `headwater.online.redis_address` reads them."""

from collections.abc import Mapping

import pulumi

CACHE_PORT = 6379
READER_PORT = 6380
"""Where a serverless cache has its replica; a client asks any node it knows for the layout of the cluster."""


def address(
    host: pulumi.Input[str],
    port: pulumi.Input[float | None],
    *,
    tls: bool,
    user: str,
    options: Mapping[str, pulumi.Input[str]],
) -> pulumi.Output[str]:
    """Address of a server of the cache.

    Args:
        host: Of the server.
        port: Of the server.
        tls: Connections are encrypted.
        user: Who logs in; empty: nobody does.
        options: Of the query, in this order.
    """
    scheme = "rediss" if tls else "redis"
    login = f"{user}@" if user else ""
    said = [pulumi.Output.concat(key, "=", value) for key, value in options.items()]
    query = pulumi.Output.all(*said).apply(lambda pairs: f"?{'&'.join(pairs)}" if pairs else "")
    return pulumi.Output.format("{0}://{1}{2}:{3}{4}", scheme, login, host, port_of(port), query)


def port_of(port: pulumi.Input[float | None]) -> pulumi.Output[int]:
    """A port, which an in-process run hands over as a float."""
    return pulumi.Output.from_input(port).apply(lambda found: int(found or CACHE_PORT))
