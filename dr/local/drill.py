"""Runs scenarios, each on regions of its own."""

import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import redis
from botocore.exceptions import BotoCoreError, ClientError

from dr.errors import FailoverError
from dr.local import stage
from dr.local.history import made
from dr.local.scenario import Scenario
from dr.local.scenarios import SCENARIOS, WITH_HISTORY, WITH_TABLES
from dr.results import Drill, Result
from headwater.errors import HeadwaterError, LocalCloudError

HEALTH_INTERVAL_S = 1.0
_FAILURES = (HeadwaterError, BotoCoreError, ClientError, redis.RedisError)


def run(
    root: Path,
    folder: Path,
    names: Sequence[str],
    say: Callable[[str], None],
    keep: Callable[[Drill], object] = lambda _drill: None,
) -> Drill:
    """Run scenarios one after the other.

    Args:
        root: The checkout.
        folder: Where journals are kept.
        names: Of `SCENARIOS`; none: all.
        say: Told what is going on.
        keep: Given what there is after each scenario.

    Returns:
        The drill; a scenario that did not come to its end has a `failure`, and the next ones are run all the same.

    Raises:
        FailoverError: One is unknown.
        LocalCloudError: Nothing can be brought up here.
    """
    unknown = sorted(set(names) - SCENARIOS.keys())
    if unknown:
        raise FailoverError(f"scenario {unknown[0]!r}: unknown; choose of {', '.join(SCENARIOS)}")
    drill = Drill(at_s=time.time(), health_interval_s=HEALTH_INTERVAL_S)
    for name in names or SCENARIOS:
        say(f"scenario {name}")
        shutil.rmtree(folder / name, ignore_errors=True)
        drill.scenarios.append(Result(scenario=name, broken=(SCENARIOS[name].__doc__ or "").strip()))
        try:
            _run(root, folder, drill, say)
        except LocalCloudError as error:
            if len(drill.scenarios) == 1:
                raise
            _fail(drill, error, say)
        except _FAILURES as error:
            _fail(drill, error, say)
        keep(drill)
    return drill


def _run(root: Path, folder: Path, drill: Drill, say: Callable[[str], None]) -> None:
    """Run the last scenario of a drill, and keep what there is of it even if it fails."""
    result = drill.scenarios[-1]
    name = result.scenario
    history = made() if name in WITH_HISTORY else ()
    with stage.opened(root, say, history=history, tables=name in WITH_TABLES) as live:
        scenario = Scenario(result, live, folder)
        try:
            SCENARIOS[name](scenario)
        finally:
            drill.decisions[name] = sorted(scenario.decisions, key=lambda decision: decision.at_s)
            drill.timelines[name] = sorted(scenario.marks, key=lambda mark: mark.at_s)


def _fail(drill: Drill, error: Exception, say: Callable[[str], None]) -> None:
    result = drill.scenarios[-1]
    result.failure = f"{type(error).__name__}: {error}"
    say(f"scenario {result.scenario} did not come to its end: {result.failure}")
