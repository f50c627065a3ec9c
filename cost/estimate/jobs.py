"""Jobs: their runs, by the clock and by people, and what starts them."""

import re
from collections.abc import Iterator

from cost.errors import GraphError
from cost.estimate.context import Situation
from cost.estimate.terms import DAYS, Item, declared, derived
from cost.graphs import Declared

DPUS = {"G.025X": 0.25, "G.1X": 1, "G.2X": 2, "G.4X": 4, "G.8X": 8}
_HOURLY = re.compile(r"cron\(\d+ \* \* \* \? \*\)")
_DAILY = re.compile(r"cron\(\d+ \d+ \* \* \? \*\)")
_WEEKLY = re.compile(r"cron\(\d+ \d+ \? \* \w+ \*\)")
_MONTHLY = re.compile(r"cron\(\d+ \d+ (\d+ \* \?|\? \* \w+#\d) \*\)")
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_MINUTES = {"minute": 1, "hour": 60, "day": 1440}
_DAY_MINUTES = 1440
_Place = tuple[str, str]
"""Region, and name of a resource there."""


def starts_a_month(expression: str) -> float:
    """How often a schedule starts something.

    Raises:
        GraphError: It is of a kind that is not known here.

    >>> round(starts_a_month("cron(5 * * * ? *)")), round(starts_a_month("rate(15 minutes)"))
    (730, 2920)
    >>> round(starts_a_month("cron(0 14 ? * TUE *)"), 2), starts_a_month("cron(0 14 ? * TUE#1 *)")
    (4.35, 1.0)
    """
    if _HOURLY.fullmatch(expression):
        return float(DAYS * 24)
    if _DAILY.fullmatch(expression):
        return float(DAYS)
    if _WEEKLY.fullmatch(expression):
        return float(DAYS) / 7
    if _MONTHLY.fullmatch(expression):
        return 1.0
    if (rate := _RATE.fullmatch(expression)) is not None:
        return float(DAYS) * _DAY_MINUTES / (int(rate[1]) * _MINUTES[rate[2]])
    raise GraphError(
        f"schedule {expression!r}: expected a cron expression of each hour, day, week or month, or a rate; teach "
        "`starts_a_month` of cost/estimate/jobs.py to count it"
    )


def _machine_starts(found: Situation) -> dict[_Place, float]:
    """Scheduled starts a month, by region and state machine."""
    return {
        (schedule.region, schedule.facts["target"]): starts_a_month(schedule.facts["expression"])
        for schedule in found.of("Schedule")
        if schedule.facts["enabled"]
    }


def _job_name(job: Declared, found: Situation) -> str:
    prefix = f"headwater-{found.graph.environment}-{job.region}-"
    return str(job.facts["name"]).removeprefix(prefix).replace("-", "_")


def _scheduled(found: Situation) -> dict[_Place, float]:
    """Scheduled runs a month, by region and name of a job's resource."""
    starts = _machine_starts(found)
    runs: dict[_Place, float] = {}
    for machine in found.of("StateMachine"):
        for job in machine.facts["jobs"]:
            place = (machine.region, job)
            runs[place] = runs.get(place, 0.0) + starts.get((machine.region, machine.name), 0.0)
    return runs


def runs(found: Situation) -> dict[str, float]:
    """All runs a month where the traffic is, by job: those that schedules start, and those that are assumed."""
    scheduled = _scheduled(found)
    return {
        (name := _job_name(job, found)): scheduled.get((job.region, job.name), 0.0)
        + found.value(f"jobs.{name}.runs")
        for job in found.of("Job", active=True)
    }


def items(found: Situation) -> Iterator[Item]:
    """Runs by the clock in every region; those that people start where the traffic is."""
    scheduled = _scheduled(found)
    for job in found.of("Job"):
        name = _job_name(job, found)
        if name not in found.usage.jobs:
            raise GraphError(
                f"job {name!r}: declared, and no run of it is assumed; add it to JOBS of cost/usage/assumptions.py and to the files"
            )
        minutes = found.assume(f"jobs.{name}.time")
        hours = minutes._replace(value=minutes.value / 60, unit="h/run")
        workers = declared(job.name, "numberOfWorkers", job.facts["numberOfWorkers"], "workers")
        kind = job.facts["workerType"]
        size = declared(job.name, f"workerType {kind}", DPUS[kind], "DPU/worker")
        price = "glue.etl_flex" if job.facts.get("executionClass") == "FLEX" else "glue.etl"
        parts = [("runs", found.assume(f"jobs.{name}.runs"))] if job.region == found.region else []
        by_clock = scheduled.get((job.region, job.name))
        if by_clock:
            count = derived("scheduled runs a month", by_clock, "runs", "graph: its schedule")
            parts.append(("scheduled runs", count))
        for what, count in parts:
            terms = (count, hours, workers, size)
            yield Item(job.component, price, job.region, None, f"{what} of {name}", "DPU-hour", terms)
    yield from _machines(found)


def _machines(found: Situation) -> Iterator[Item]:
    starts = _machine_starts(found)
    for machine in found.of("StateMachine"):
        if machine.facts["kind"] != "STANDARD":
            raise GraphError(
                f"state machine {machine.name!r}: found the kind {machine.facts['kind']}, expected STANDARD: others are paid "
                "by time and memory; count them in cost/estimate/jobs.py"
            )
        by_clock = starts.get((machine.region, machine.name), 0.0)
        by_people = 0.0
        if machine.region == found.region:
            own = [
                _job_name(job, found)
                for job in found.of("Job", active=True)
                if job.name in machine.facts["jobs"]
            ]
            by_people = found.value(f"jobs.{own[-1]}.runs") if own else 0.0
        count = derived("executions a month", by_clock + by_people, "executions", "graph and usage")
        steps = declared(machine.name, "jobs + 1", len(machine.facts["jobs"]) + 1, "transitions")
        yield Item(
            machine.component,
            "stepfunctions.transitions",
            machine.region,
            None,
            f"transitions of {machine.name}",
            "transition",
            (count, steps),
        )
    for schedule in found.of("Schedule"):
        if schedule.facts["enabled"]:
            started = starts[schedule.region, schedule.facts["target"]]
            count = derived("starts a month", started, "starts", "graph: its expression")
            yield Item(
                schedule.component,
                "scheduler.invocations",
                schedule.region,
                None,
                f"starts by {schedule.name}",
                "invocation",
                (count,),
            )
