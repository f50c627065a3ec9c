"""Runs scenarios, each on regions of its own."""

import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from dr.errors import FailoverError
from dr.local import stage
from dr.local.history import made
from dr.local.scenario import Scenario
from dr.local.scenarios import SCENARIOS, WITH_HISTORY, WITH_TABLES
from dr.results import Drill

HEALTH_INTERVAL_S = 1.0


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
        keep: Given what there is after each scenario: the next one may fail.

    Raises:
        FailoverError: One is unknown, or did not go as it should.
    """
    unknown = sorted(set(names) - SCENARIOS.keys())
    if unknown:
        raise FailoverError(f"scenario {unknown[0]!r}: unknown; choose of {', '.join(SCENARIOS)}")
    drill = Drill(at_s=time.time(), health_interval_s=HEALTH_INTERVAL_S)
    for name in names or SCENARIOS:
        say(f"scenario {name}")
        shutil.rmtree(folder / name, ignore_errors=True)
        history = made() if name in WITH_HISTORY else ()
        with stage.opened(root, say, history=history, tables=name in WITH_TABLES) as live:
            scenario = Scenario(name, live, folder)
            scenario.result.broken = (SCENARIOS[name].__doc__ or "").strip()
            SCENARIOS[name](scenario)
        drill.scenarios.append(scenario.result)
        drill.decisions[name] = sorted(scenario.decisions, key=lambda decision: decision.at_s)
        drill.timelines[name] = sorted(scenario.marks, key=lambda mark: mark.at_s)
        keep(drill)
    return drill
