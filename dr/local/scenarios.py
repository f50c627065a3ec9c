"""The scenarios of the drill: what is broken, when, and what is done about it."""

import io
import subprocess
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dr import plan
from dr.errors import FailoverError
from dr.journal import Journal
from dr.local.gates import Mode
from dr.local.scenario import Scenario
from dr.local.stage import Stage
from dr.plan import Plan
from feature_jobs import backfill
from headwater.offline.event_log import open_event_log

_BEFORE_S = 6.0
_AFTER_S = 3.0
_STALL_S = 8.0
_HELD = 30
"""Events that home has taken and not written when it is cut off: a second's."""

_FILLED_BEFORE = 3
"""Pieces of a backfill that are written before its region is killed."""

_INTO_STEP_S = 0.15
_STEP_S = 90.0
"""An operator that goes on starts anew and does the rest of the step that another one died in."""

_ALARM_S = 5.0
"""How far the stream may be behind until the alarm goes off."""


def _run_in(stage: Stage) -> None:
    """Let traffic run before the fault, which comes when all is well."""
    time.sleep(_BEFORE_S)
    stage.wait_for_calm()


def region_killed(on: Scenario) -> None:
    """Home is gone, at once and for good; it is built again, empty, and taken back into service."""
    stage = on.stage
    stage.wait_for_tables()
    _run_in(stage)
    on.cut(f"{stage.home} is killed", stage.kill(stage.home))
    on.detect()
    on.failover()
    on.read_tables()
    time.sleep(_AFTER_S)
    began_s = on.mark(f"{stage.home} is built again")
    stage.rebuild(stage.home)
    on.result.rebuild_s = round(time.time() - began_s, 3)
    on.go_back(stream_gone=True)
    time.sleep(_AFTER_S)
    on.check(stage.home)
    on.take_tables_back()


class _KilledError(Exception):
    """The machine that ran the backfill is gone with its region."""


def killed_in_backfill(on: Scenario) -> None:
    """Home is gone in the middle of a backfill of its stores; the backfill goes on in the other region."""
    stage = on.stage
    _run_in(stage)
    killed_s: list[float] = []
    written: list[int] = []
    on.mark("backfill begins")

    def moved(_view: str, pages: int, _total: int) -> None:
        written.append(pages)
        if len(written) == _FILLED_BEFORE:
            # Some pages are copied by then, and some are not.
            time.sleep(2 * stage.table[stage.home].lag_s)
            stage.wait_for_calm()
        if len(written) > _FILLED_BEFORE:
            killed_s.append(stage.kill(stage.home))
            raise _KilledError

    try:
        _backfill(on, stage.home, moved)
    except _KilledError:
        on.cut(f"{stage.home} is killed in the backfill", killed_s[0])
    else:
        raise FailoverError("drill: the backfill was faster than its killer; give it more history")
    on.detect()
    on.failover()
    on.read_tables()
    on.mark("backfill goes on")
    _backfill(on, stage.away, lambda _view, _done, _total: None)
    on.mark("backfill is complete")
    began_s = on.mark(f"{stage.home} is built again")
    stage.rebuild(stage.home)
    on.result.rebuild_s = round(time.time() - began_s, 3)
    on.go_back(stream_gone=True)
    time.sleep(_AFTER_S)
    on.check(stage.home)
    on.take_tables_back()


def _backfill(on: Scenario, region: str, moved: Callable[[str, int, int], None]) -> None:
    site = on.stage.sites[region]
    log = open_event_log(site.outputs, on.stage.registry)
    done = backfill.backfill(on.stage.registry, log, site.stores, site.outputs.environment, None, moved)
    on.result.notes.append(f"backfill in {region}: {done.pages} pages")


def planned_switch(on: Scenario) -> None:
    """Producers go to the other region and come back while both are well."""
    stage = on.stage
    _run_in(stage)
    on.cut_s = on.mark("switch begins")
    on.finish(on.operator("switch", "switch"))
    on.read_clocks("switch", decided="hold")
    on.measure_gap(on.verified_s)
    time.sleep(_AFTER_S)
    began_s = on.mark("switch back begins")
    on.finish(on.operator("switch", "switch-back", **{"from": stage.away, "to": stage.home}))
    on.result.failback_s = round(on.mark("switched back") - began_s, 3)
    time.sleep(_AFTER_S)
    on.check(stage.home)


def _cut_off(on: Scenario, mode: Mode) -> None:
    at_s = time.time()
    on.stage.turn(on.stage.home, mode)
    on.cut(f"{on.stage.home} is cut off", at_s)
    on.detect()


def _reach_again(on: Scenario) -> None:
    on.mark(f"{on.stage.home} is reached again")
    on.stage.turn(on.stage.home, "open")
    _go_back(on)


def _go_back(on: Scenario) -> None:
    on.go_back(stream_gone=False)
    time.sleep(_AFTER_S)
    on.check(on.stage.home)


def region_partitioned(on: Scenario) -> None:
    """Home cannot be reached and says nothing; inside, it goes on. It comes back with what it holds."""
    on.stage.wait_for_tables()
    _run_in(on.stage)
    _cut_off(on, "silent")
    on.failover()
    on.read_tables()
    time.sleep(_AFTER_S)
    _reach_again(on)
    on.take_tables_back()


def late_writes(on: Scenario) -> None:
    """Home cannot be reached, and its function writes when the other region has recovered: its older pages win."""
    stage = on.stage
    _run_in(stage)
    on.mark(f"writes in {stage.home} are held up")
    stage.places.hold_writes(stage.home, "failing")
    stage.wait("events that wait to be written", lambda: stage.waiting(stage.home) >= _HELD)
    _cut_off(on, "silent")
    on.failover()
    time.sleep(_AFTER_S)
    # So that home's writes are the last ones of their keys, however busy the machine is.
    stage.settle(stage.away, both=False)
    stage.wait_until_dated(stage.away)
    stage.places.hold_writes(stage.home, "open")
    stage.wait_inside(stage.home)
    on.mark(f"{stage.home} has written what it had taken")
    # Before producers reach it: what they then know not to be there they send to the other region, whose pages would be
    # the last ones again.
    stage.copy_out(stage.home)
    on.mark(f"{stage.home} is reached again")
    stage.turn(stage.home, "open")
    # Else what comes next in the other region is the last write, and nothing is written over.
    stage.wait_for_copies()
    stage.mode("run")
    # What comes now is written on top of home's pages.
    time.sleep(_AFTER_S)
    on.measure_overwritten()
    _go_back(on)


def replication_stalled(on: Scenario) -> None:
    """Nothing was copied for a while when home is cut off: preflight refuses until it is overruled."""
    stage = on.stage
    stage.wait_for_tables()
    _run_in(stage)
    on.mark("replication stalls")
    stage.table[stage.home].stalled = True
    stage.bucket[stage.home].stalled = True
    stage.places.stall_cache(stage.sites[stage.away])
    time.sleep(_STALL_S)
    _cut_off(on, "shut")
    process = on.operator("failover", well_until=on.well_until_s())
    said = on.wait_for(process)
    if process.returncode == 0 or not all(f"at the cut, {store}" in said for store in ("redis", "dynamodb")):
        raise FailoverError(f"drill: preflight let {_STALL_S:.0f} s of lag pass: {said}")
    on.mark("preflight refused")
    on.failover(force="drill: producers' outboxes have what the copies lack")
    on.read_tables()
    time.sleep(_AFTER_S)
    stage.table[stage.home].stalled = False
    stage.bucket[stage.home].stalled = False
    _reach_again(on)
    on.take_tables_back()


def operator_killed(on: Scenario) -> None:
    """Home is cut off, and the operator's machine dies in every step of the failover and of the way back."""
    stage = on.stage
    _run_in(stage)
    _cut_off(on, "shut")
    options: dict[str, Any] = {"well_until": on.well_until_s()}
    killed = _kill_in_every_step(on, plan.FAILOVER, lambda: on.operator("failover", **options), "failover")
    on.finish(on.operator("failover", **options))
    on.read_clocks()
    time.sleep(_AFTER_S)
    on.mark(f"{stage.home} is reached again")
    stage.turn(stage.home, "open")
    killed += _kill_in_every_step(
        on, plan.FAILBACK, lambda: on.start_failback(stream_gone=False), "failover-back"
    )
    on.result.notes.append(f"operators killed: {killed}")
    _go_back(on)


def _kill_in_every_step(
    on: Scenario, one: Plan, start: Callable[[], "subprocess.Popen[str]"], run: str
) -> int:
    """Start an operator for each step of a plan and kill it there; return how many were killed in their step."""
    journal = Journal(on.journal_file, run)
    killed = 0
    for step in one.steps:
        process = start()
        begun = _Begun(journal, step.name, process)
        on.stage.wait(f"step {step.name!r}", begun, _STEP_S)
        # Some way into the step, another way for each.
        time.sleep(_INTO_STEP_S * (killed % 3))
        process.kill()
        said, _ = process.communicate()
        if process.returncode >= 0 and not journal.ended(step.name):
            raise FailoverError(f"drill: the operator failed before it was killed: {said}")
        killed += process.returncode < 0
    on.mark(f"{killed} operators were killed in {one.name}")
    return killed


class _Begun:
    """Tells whether an operator has begun a step, or has ended before somebody could look."""

    def __init__(self, journal: Journal, step: str, process: "subprocess.Popen[str]") -> None:
        self._journal = journal
        self._step = step
        self._process = process

    def __call__(self) -> bool:
        """Whether it has."""
        begun = any(each.step == self._step for each in self._journal.entries())
        return begun or self._process.poll() is not None


def dynamodb_failing(on: Scenario) -> None:
    """DynamoDB alone answers with errors at home: its stream takes events that its function cannot apply."""
    stage = on.stage
    _run_in(stage)
    at_s = time.time()
    stage.turn_dynamodb(stage.home, "failing")
    on.cut(f"DynamoDB of {stage.home} fails", at_s)
    on.detect()
    on.failover()
    time.sleep(_AFTER_S)
    on.mark(f"DynamoDB of {stage.home} works again")
    stage.turn_dynamodb(stage.home, "open")
    _go_back(on)


def corrupt_deployment(on: Scenario) -> None:
    """Home's stream function gets definitions that cannot be read; nobody leaves, the code is rolled back."""
    stage = on.stage
    home = stage.sites[stage.home]
    zipped = stage.pair.root / "dist" / "local" / "stream.zip"
    before = on.journal_file.with_name("before.zip")
    before.parent.mkdir(parents=True, exist_ok=True)
    before.write_bytes(zipped.read_bytes())
    _run_in(stage)
    on.cut_s = on.mark("broken definitions are deployed")
    home.client("lambda").update_function_code(
        FunctionName=home.outputs.stream_function_name, ZipFile=_broken(before), Publish=True
    )
    stage.wait("the stream's lag", lambda: stage.lag_s(stage.home) > _ALARM_S)
    on.result.detect_s = round(on.mark("lag alarm") - on.cut_s, 3)
    options = {"from": stage.away, "to": stage.home, "code": str(before)}
    on.finish(on.operator("rollback", "rollback", **options))
    on.read_clocks("rollback", first="restore", decided="restore", last="caught up")
    time.sleep(_AFTER_S)
    on.check(stage.home)


def _broken(zipped: Path) -> bytes:
    """A function's zip with a registry that is cut off."""
    made = io.BytesIO()
    with zipfile.ZipFile(zipped) as whole, zipfile.ZipFile(made, "w") as broken:
        for entry in whole.infolist():
            content = whole.read(entry)
            broken.writestr(
                entry, content[: len(content) // 2] if entry.filename == "registry.json" else content
            )
    return made.getvalue()


SCENARIOS: dict[str, Callable[[Scenario], None]] = {
    scenario.__name__: scenario
    for scenario in (
        region_killed,
        killed_in_backfill,
        planned_switch,
        region_partitioned,
        late_writes,
        replication_stalled,
        operator_killed,
        dynamodb_failing,
        corrupt_deployment,
    )
}

WITH_TABLES = tuple(
    scenario.__name__
    for scenario in (region_killed, killed_in_backfill, region_partitioned, replication_stalled)
)
"""Scenarios in which the offline store takes part."""

WITH_HISTORY = (killed_in_backfill.__name__,)
"""Scenarios whose stores are to be filled with events from before the drill."""
