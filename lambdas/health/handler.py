"""Entry point of the health function: an HTTP request in, a status out."""

import json
from functools import cache
from typing import Any

from headwater.settings import Variables, open_stores
from headwater.stream.health import RegionHealth
from lambdas.health.settings import HealthSettings


@cache
def health() -> RegionHealth:
    """Wire it once per execution environment."""
    given = HealthSettings.read(Variables())
    stores = open_stores(given.stores, redis_url=given.redis_url, table=given.online_table, consistent=False)
    return RegionHealth(stores, given.environment, given.region)


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer a request of an HTTP API (payload format 2.0)."""
    answer = health().answer(event["rawPath"])
    if answer.reason:
        print(json.dumps({"path": event["rawPath"]} | answer._asdict()))  # noqa: T201 (a function's log is its standard output)
    return {
        "statusCode": answer.status,
        "headers": {"cache-control": "no-store"},
        "body": "",
    }
