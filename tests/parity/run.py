"""``python -m tests.parity.run N``: the parity law on N histories more, and what came of it."""

import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rich.progress import Progress

from headwater.online.dynamodb import DynamoDBStore
from headwater.online.memory import MemoryStore
from headwater.online.redis import RedisStore
from headwater.online.stores import OnlineStore
from tests.parity.athena import check_athena
from tests.parity.checks import check_backfill, check_offline, check_online
from tests.parity.comparison import Findings
from tests.parity.histories import History, histories
from tests.parity.recovery import check_recovery
from tests.servers import client, create_online_table, emulator, redis_server

RESULT = Path(__file__).parents[2] / "build" / "parity.json"
_SHOWN = 20
_DYNAMODB_EVERY = 10
"""The emulator is slow: every tenth history goes through it."""


def _check(history: History, seed: int, number: int, stores: dict[str, OnlineStore]) -> dict[str, Findings]:
    environment = f"p{number}"

    def chance() -> random.Random:
        return random.Random(seed)  # noqa: S311 (not for secrets)

    found = {
        "training as known": check_offline(history, "as_known"),
        "training as happened": check_offline(history, "as_happened"),
        "training in parts": check_offline(history, "as_known", memory_bytes=600),
        "one statement, as known": check_athena(history, "as_known"),
        "one statement, as happened": check_athena(history, "as_happened"),
        "stream to memory": check_online(history, MemoryStore(), environment, chance()),
        "backfill and stream": check_backfill(history, MemoryStore(), environment, chance()),
        "a region lost": check_recovery(history, chance()),
        "stream to Redis": check_online(history, stores["redis"], environment, chance()),
        "backfill to Redis": check_backfill(history, stores["redis"], f"{environment}b", chance()),
    }
    if number % _DYNAMODB_EVERY == 0:
        found["stream to DynamoDB"] = check_online(history, stores["dynamodb"], environment, chance())
    return found


def run(count: int) -> int:
    """Check histories, print and write what came of it.

    Returns:
        How many values were not equal.
    """
    started = time.monotonic()
    values: Counter[str] = Counter()
    mismatches: list[str] = []
    number = 0
    with tempfile.TemporaryDirectory() as name, Progress() as progress:
        folder = Path(name)
        with redis_server(folder) as port, emulator(folder) as endpoint:
            redis = RedisStore.from_url(f"redis://127.0.0.1:{port}", timeout_s=10)
            dynamodb = client("dynamodb", endpoint)
            create_online_table(dynamodb, "parity")
            stores: dict[str, OnlineStore] = {
                "redis": redis,
                "dynamodb": DynamoDBStore(dynamodb, "parity", consistent=True),
            }
            task = progress.add_task("histories", total=count)

            @settings(
                max_examples=count,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(histories(), st.integers(0, 2**32))
            def one(history: History, seed: int) -> None:
                nonlocal number
                number += 1
                for check, findings in _check(history, seed, number, stores).items():
                    values[check] += findings.values
                    mismatches.extend(f"{check}: {mismatch}" for mismatch in findings.mismatches)
                progress.advance(task)

            one()
            redis.close()
    for check, compared in values.items():
        print(f"{check:26} {compared:>10,} values")
    for mismatch in mismatches[:_SHOWN]:
        print(mismatch)
    result = {
        "histories": number,
        "values": values.total(),
        "mismatches": len(mismatches),
        "seconds": time.monotonic() - started,
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    print(f"{result['values']:,} values of {number:,} histories, {len(mismatches)} unequal; {RESULT}")
    return len(mismatches)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].isdigit() or not int(sys.argv[1]):
        sys.exit(
            f"parity: found {' '.join(sys.argv[1:]) or 'nothing'}, expected how many histories; try N=500"
        )
    sys.exit(1 if run(int(sys.argv[1])) else 0)
