"""Runs a plan step by step, through the journal: what has ended is not done again."""

from collections.abc import Callable, Mapping
from typing import Any

import redis
from botocore.exceptions import BotoCoreError, ClientError

from dr.errors import FailoverError
from dr.journal import Journal
from dr.plan import Plan, Step
from headwater.errors import HeadwaterError

Work = Callable[[], dict[str, Any]]
"""Does a step; returns what the journal keeps of it."""

_FAILURES = (HeadwaterError, BotoCoreError, ClientError, redis.RedisError)


def run(plan: Plan, journal: Journal, work: Mapping[str, Work], tell: Callable[[Step, str], None]) -> None:
    """Do what is left of a plan.

    Args:
        plan: The plan.
        journal: Of this run; of an earlier process, too.
        work: By name of the step.
        tell: Told how each step goes.

    Raises:
        FailoverError: A step failed; mend what it says and run the plan again, which goes on there.
    """
    for step in plan.steps:
        if is_done(plan, journal, step):
            tell(step, "done before")
            continue
        journal.add(step.name, "started")
        try:
            detail = work[step.name]()
        except _FAILURES as error:
            if not step.optional:
                journal.add(step.name, "failed", error=str(error))
                raise FailoverError(
                    f"plan {plan.name!r}, step {step.name!r}: {error}; mend that and run the command again: it goes on here"
                ) from error
            detail = {"skipped": str(error)}
        except KeyboardInterrupt:
            journal.add(step.name, "failed", error="interrupted")
            raise
        journal.add(step.name, "ended", **detail)
        tell(step, ", ".join(f"{name}: {value}" for name, value in detail.items()) or "done")


def is_done(plan: Plan, journal: Journal, step: Step) -> bool:
    """Whether a step has not to be done again.

    One that decides has to, for as long as nothing else was begun: what it found may be hours old.
    """
    if journal.ended(step.name) is None:
        return False
    begun = {entry.step for entry in journal.entries()}
    return step.clock != "decide" or any(each.name in begun for each in plan.steps if each.clock != "decide")
