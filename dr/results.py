"""What a drill found, as it is kept and compared."""

import time
from collections.abc import Callable
from pathlib import Path

import msgspec


class Result(msgspec.Struct, kw_only=True):
    """One scenario's figures, all of them measured in its run; None: the scenario has no such thing, or did not come so far.

    Attributes:
        scenario: Its name.
        failure: Why it did not come to its end; empty: it did.
        broken: What was broken, and what was done about it.
        shards: Of home's stream, those that held acknowledged events.
        detect_s: From the fault to the health check that says so, at the drill's interval.
        decide_s: From there until preflight has passed and the first step begins.
        execute_s: Until everything is switched and recovered.
        verify_s: Until an event is counted in the region that goes on.
        rto_s: All of these: from the fault until it was verified.
        rpo_events: Acknowledged events that a store of the region that goes on lacked at the cut.
        rpo_s: From the first of them to the cut.
        gaps: The same by store.
        heartbeats_missing: Numbers of each producer's heartbeats that were missing at the cut, by region and store.
        events_acknowledged: Over the whole scenario, by any region.
        events_lost_after_recovery: Of those, missing in the worst of all stores at the end.
        events_overwritten: Of those, missing in the worst store of the region that went on after the lost one was
            reached again, before anything was done about it; None: not looked at.
        values_overwritten: Values that differed from the oracle then.
        duplicates_applied: Counted twice, likewise.
        values_compared: With the oracle, over all stores.
        values_wrong: Of those.
        conflicts: Keys that both regions wrote without knowing of the other's write.
        lookups: How many there were.
        lookup_errors: How many were not answered.
        lookup_error_window_s: Longest time without an answer: from a lookup that failed to the next that did not.
        lookup_p99_ms_during: From the fault until it was verified; those that failed count with the time they took.
        lookup_p99_ms_before: Before the fault.
        stale_reads: Lookups that saw an older heartbeat than one before them.
        failback_s: From the region's return until it served and was verified.
        rebuild_s: Of it before that, filling a region anew that was lost for good.
        keys_differing: Keys whose values differed when the regions were reconciled.
        keys_written_over: Keys that were given again what the lost region had written over, by store.
        listings: Files beside the journal that have those keys, with both values.
        tables_read: Tables of the offline store that were read in the region that goes on, without the lost one.
        rows_read: Rows in them.
        rows_committed: Rows that the lost region had committed.
        rows_missing: Of those, not in the region that goes on: their files had not arrived. They are no loss yet: what was
            acknowledged is recovered, and archived again.
        rows_unexpected: Rows by which a table differs from the newest commit of which everything had arrived, or from the one
            before it: of the newest nobody can say without the lost region whether it was committed.
        rows_merged: Rows that only the lost region had, when its tables were written again.
        rows_lost: Acknowledged events that those tables lack then.
        rows_too_many: Rows of them that are there twice, or of no acknowledged event.
        notes: What else happened.
    """

    scenario: str
    failure: str = ""
    broken: str = ""
    shards: int | None = None
    detect_s: float | None = None
    decide_s: float | None = None
    execute_s: float | None = None
    verify_s: float | None = None
    rto_s: float | None = None
    rpo_events: int | None = None
    rpo_s: float | None = None
    gaps: dict[str, int] = {}
    heartbeats_missing: dict[str, dict[str, list[int]]] = {}
    events_acknowledged: int | None = None
    events_lost_after_recovery: int | None = None
    events_overwritten: int | None = None
    values_overwritten: int | None = None
    duplicates_applied: int | None = None
    values_compared: int | None = None
    values_wrong: int | None = None
    conflicts: int | None = None
    lookups: int | None = None
    lookup_errors: int | None = None
    lookup_error_window_s: float | None = None
    lookup_p99_ms_during: float | None = None
    lookup_p99_ms_before: float | None = None
    stale_reads: int | None = None
    failback_s: float | None = None
    rebuild_s: float | None = None
    keys_differing: int | None = None
    keys_written_over: int | None = None
    listings: list[str] = []
    tables_read: int | None = None
    rows_read: int | None = None
    rows_committed: int | None = None
    rows_missing: int | None = None
    rows_unexpected: int | None = None
    rows_merged: int | None = None
    rows_lost: int | None = None
    rows_too_many: int | None = None
    notes: list[str] = []


class Decision(msgspec.Struct, frozen=True):
    """Something that was decided, or found and not acted on.

    Attributes:
        at_s: When, in seconds since the epoch.
        who: Whose decision it was.
        what: What was decided, and on what grounds.
    """

    at_s: float
    who: str
    what: str


class Mark(msgspec.Struct, frozen=True):
    """An instant of a scenario's timeline, in seconds since the epoch."""

    at_s: float
    what: str


class Drill(msgspec.Struct, kw_only=True):
    """Scenarios of one run.

    Attributes:
        at_s: When it began, in seconds since the epoch.
        health_interval_s: Between two health checks of a region; three decide.
        scenarios: Their figures.
        timelines: What happened when, by scenario.
        decisions: What was decided, when and by whom, by scenario.
    """

    at_s: float
    health_interval_s: float
    scenarios: list[Result] = []
    timelines: dict[str, list[Mark]] = {}
    decisions: dict[str, list[Decision]] = {}


def save(folder: Path, drill: Drill) -> Path:
    """Write a drill to ``drill.json`` and to the history beside it; return the latter."""
    content = msgspec.json.format(msgspec.json.encode(drill), indent=2)
    kept = folder / "drills" / f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(drill.at_s))}.json"
    for file in (folder / "drill.json", kept):
        file.parent.mkdir(parents=True, exist_ok=True)
        # Whole or not at all: a drill may be ended at any instant.
        scratch = file.with_suffix(".new")
        scratch.write_bytes(content)
        scratch.replace(file)
    return kept


def before(folder: Path, drill: Drill, tell: Callable[[str], None] = lambda _said: None) -> dict[str, Result]:
    """What the history has of each scenario's last run to its end before a drill.

    Args:
        folder: Where drills are saved.
        drill: The drill.
        tell: Told which files cannot be read: they are left out.
    """
    found = []
    for file in sorted((folder / "drills").glob("*.json")):
        try:
            found.append(msgspec.json.decode(file.read_bytes(), type=Drill))
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            tell(f"earlier drill {file}: {error}; it is not compared: remove it")
    earlier = sorted((one for one in found if one.at_s < drill.at_s), key=lambda one: one.at_s)
    return {each.scenario: each for one in earlier for each in one.scenarios if not each.failure}
