"""Events of the days before a drill, for a backfill."""

import random
import time

from dr.local.traffic import AIRPORTS, CARRIERS
from headwater.envelope import LoggedEvent
from headwater.windows import HOUR_US

_SOURCE = "departures"
_EVENTS = 600
_HOURS = 40


def made(seed: int = 5) -> list[LoggedEvent]:
    """Departures of the last hours, the same but for when they are."""
    chance = random.Random(seed)  # noqa: S311 (not for secrets)
    now_us = time.time_ns() // 1000
    return [
        LoggedEvent(
            source=_SOURCE,
            event_id=f"history-{number}",
            event_time_us=(at_us := now_us - chance.randrange(HOUR_US // 60, _HOURS * HOUR_US)),
            arrival_us=at_us,
            shard="history",
            sequence=number,
            data={
                "origin": chance.choice(AIRPORTS),
                "carrier": chance.choice(CARRIERS),
                "tailnum": f"N{chance.randrange(8)}",
                "dest": None,
                "flight_number": number,
                "dep_delay": float(chance.randrange(60)),
                "cancelled": False,
                "distance": None,
            },
        )
        for number in range(_EVENTS)
    ]
