"""What scenarios have in common: the operator's runs, the clocks, and the figures at the end."""

import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dr import measure
from dr.errors import FailoverError
from dr.journal import Entry, Journal
from dr.local import lookups, traffic
from dr.local.health import THRESHOLD
from dr.local.stage import Stage
from dr.local.traffic import Looked
from dr.results import Decision, Mark, Result
from infra.local import pair

_RUN = "failover"
_OPERATOR_S = 180.0
"""Longer than any plan waits for what has to come by itself."""


class Scenario:
    """One scenario on a stage.

    Args:
        result: What it finds, filled as it goes.
        stage: Both regions, live.
        folder: Where its journal is kept.
    """

    def __init__(self, result: Result, stage: Stage, folder: Path) -> None:
        self.stage = stage
        self.result = result
        self.marks: list[Mark] = []
        self.decisions: list[Decision] = []
        self.journal_file = folder / result.scenario / "journal.jsonl"
        self.journal_file.unlink(missing_ok=True)
        self.cut_s = 0.0
        self.verified_s = 0.0

    def mark(self, what: str, at_s: float | None = None) -> float:
        """Note an instant of the timeline: now, or the one given."""
        at_s = time.time() if at_s is None else at_s
        self.marks.append(Mark(at_s, what))
        self.stage.say(what)
        return at_s

    def cut(self, what: str, at_s: float) -> None:
        """Note the fault, and measure what the other region lacks of what was acknowledged."""
        self.cut_s = self.mark(what, at_s)
        self.measure_gap(at_s)

    def measure_gap(self, at_s: float) -> None:
        """Measure what the other region lacks of what home had acknowledged until an instant."""
        stage = self.stage
        home = stage.sites[stage.home]
        events = [
            event
            for event in stage.acknowledged()
            if event.arrival_us <= at_s * 1e6 and home.owns(event.shard)
        ]
        gaps = {
            store.name: measure.gap(store, pair.ENVIRONMENT, events, stage.registry, at_s)
            for store in stage.sites[stage.away].stores
        }
        self.result.gaps = {name: len(gap.missing) for name, gap in gaps.items()}
        self.result.rpo_events = max(self.result.gaps.values())
        self.result.heartbeats_missing = {
            f"{stage.away} {name}": traffic.heartbeats(gap.missing) for name, gap in gaps.items()
        }
        self.result.rpo_s = round(max(gap.seconds for gap in gaps.values()), 3)

    def measure_overwritten(self) -> None:
        """Measure what the region that goes on lacks now although it had recovered; new events wait meanwhile."""
        stage = self.stage
        stage.settle(stage.away, both=False)
        found = stage.compare((stage.away,))
        self.result.events_overwritten = max(one.lost for one in found)
        self.result.values_overwritten = sum(one.wrong for one in found)
        self.mark(f"{self.result.events_overwritten} events are missing in {stage.away}")
        stage.mode("run")

    def detect(self) -> float:
        """Wait until the health checks say that the home region is not well; return when they said so.

        Raises:
            FailoverError: They do not.
        """
        health = self.stage.health
        if health is None or not health.wait(self.stage.home, well=False):
            raise FailoverError(f"drill: {self.stage.home} is still found well; look at the drill's gates")
        detected_s = self.mark("detected", health.changed_s[self.stage.home])
        self.decide(
            detected_s, "health checks", f"{self.stage.home} is not well: {THRESHOLD} checks failed in a row"
        )
        self.result.detect_s = round(detected_s - self.cut_s, 3)
        return detected_s

    def decide(self, at_s: float, who: str, what: str) -> None:
        """Note who decided what, and when."""
        self.decisions.append(Decision(at_s, who, what))

    def read_decisions(self, entries: Sequence[Entry]) -> None:
        """Take from a journal what the operator decided, and on what grounds."""
        for entry in entries:
            if entry.step == "preflight" and entry.kind == "ended":
                self.decide(entry.at_s, "operator", f"goes on after preflight: {_said(entry.detail)}")
            elif entry.kind == "failed":
                self.decide(entry.at_s, "operator", f"stops at {entry.step}: {entry.detail['error']}")
            elif "skipped" in entry.detail:
                self.decide(
                    entry.at_s, "operator", f"goes on without {entry.step}: {entry.detail['skipped']}"
                )
            elif entry.kind == "ended" and "epoch" in entry.detail:
                region, epoch = entry.detail["region"], entry.detail["epoch"]
                what = "keep their events" if entry.step == "hold" else f"write to {region}"
                self.decide(entry.at_s, "operator", f"{entry.step}: producers {what} from epoch {epoch} on")

    def well_until_s(self) -> float:
        """When the home region was last seen well."""
        if self.stage.health is None:
            return time.time()
        return self.stage.health.last_well_s[self.stage.home]

    def operator(self, command: str, run: str = _RUN, **options: Any) -> "subprocess.Popen[str]":
        """Start the operator from the home region to the other."""
        stage = self.stage
        ways = {"from": stage.home, "to": stage.away}
        return stage.operator(command, self.journal_file, run=run, **(ways | options))

    def finish(self, process: "subprocess.Popen[str]") -> str:
        """Wait for the operator; return what it said.

        Raises:
            FailoverError: It failed.
        """
        said = self.wait_for(process)
        if process.returncode:
            raise FailoverError(f"drill, scenario {self.result.scenario!r}: the operator failed: {said}")
        return said

    def wait_for(self, process: "subprocess.Popen[str]") -> str:
        """Wait for the operator, whatever comes of it; return what it said.

        Raises:
            FailoverError: It does not end.
        """
        try:
            said, _ = process.communicate(timeout=_OPERATOR_S)
        except subprocess.TimeoutExpired:
            process.kill()
            said, _ = process.communicate()
            raise FailoverError(
                f"drill, scenario {self.result.scenario!r}: the operator had not ended after {_OPERATOR_S:.0f} s: {said}"
            ) from None
        return said

    def failover(self, **options: Any) -> None:
        """Run the plan `failover` and read the clocks off its journal."""
        self.finish(self.operator("failover", well_until=self.well_until_s(), **options))
        self.read_clocks()

    def read_clocks(
        self, run: str = _RUN, *, first: str = "preflight", decided: str = "point", last: str = "verify"
    ) -> None:
        """Take the times of a run from its journal.

        Args:
            run: Name of the run.
            first: Its first step.
            decided: The first that changes anything.
            last: The one that verifies.
        """
        entries = Journal(self.journal_file, run).entries()
        started_s = _at(entries, first, "started")
        decided_s = _at(entries, decided, "started")
        executed_s = _at(entries, last, "started")
        self.verified_s = _at(entries, last, "ended")
        self.marks += [
            Mark(entry.at_s, f"{entry.step} {entry.kind}")
            for entry in entries
            if entry.kind in {"ended", "failed"}
        ]
        self.read_decisions(entries)
        result = self.result
        began_s = self.cut_s
        result.decide_s = round(decided_s - (began_s + (result.detect_s or 0)), 3)
        result.execute_s = round(executed_s - decided_s, 3)
        result.verify_s = round(self.verified_s - executed_s, 3)
        result.rto_s = round(self.verified_s - began_s, 3)
        for entry in entries:
            if "forced because" in entry.detail:
                result.notes.append(f"forced: {entry.detail['below limits']}")
        if started_s < began_s:
            raise FailoverError("drill: the operator began before the fault; the journal is of another run")

    def read_tables(self) -> None:
        """Read every table where it goes on, and note what of the lost region's it lacks."""
        read = self.stage.tables_go_on()
        result = self.result
        result.tables_read, result.rows_read = read.tables, read.rows
        result.rows_committed, result.rows_missing = read.committed, read.missing
        result.rows_unexpected = read.unexpected
        self.mark(f"{read.tables} tables are read in {self.stage.away}: {read.missing} rows had not arrived")

    def take_tables_back(self) -> None:
        """Write the tables at home again, with what either region has; compare them with what was acknowledged."""
        stage = self.stage
        self.result.rows_merged = stage.take_tables_back()
        lost, too_many = stage.compare_tables()
        self.result.rows_lost, self.result.rows_too_many = lost, too_many
        self.mark(f"tables are written in {stage.home} again")

    def start_failback(self, *, stream_gone: bool) -> "subprocess.Popen[str]":
        """Start the operator that goes back to the home region."""
        return self.operator("failback", **({"stream-gone": ""} if stream_gone else {}))

    def go_back(self, *, stream_gone: bool) -> None:
        """Go back to the home region, and note how long it took."""
        began_s = self.mark("failback begins")
        self.finish(self.start_failback(stream_gone=stream_gone))
        entries = Journal(self.journal_file, f"{_RUN}-back").entries()
        self.marks += [Mark(entry.at_s, f"back: {entry.step}") for entry in entries if entry.kind == "ended"]
        self.read_decisions([*entries, *Journal(self.journal_file, f"{_RUN}-back-switch").entries()])
        self.result.failback_s = round(self.mark("failback verified") - began_s, 3)
        ended = {entry.step: entry.detail for entry in entries if entry.kind == "ended"}
        self.result.keys_differing = ended["reconcile"]["keys that differed"]
        self.result.keys_written_over = ended["give again"]["keys written over"]
        self.result.listings = [ended[step]["listed in"] for step in ("reconcile", "give again")]

    def check(self, serving: str) -> None:
        """Let everything come to rest and compare every store of both regions with the oracle."""
        stage = self.stage
        stage.settle(serving, both=True)
        found = stage.compare(pair.REGIONS)
        result = self.result
        events = stage.acknowledged()
        result.events_acknowledged = len(events)
        result.shards = len({event.shard for event in events if stage.sites[stage.home].owns(event.shard)})
        result.events_lost_after_recovery = max(one.lost for one in found)
        result.duplicates_applied = max(one.doubled for one in found)
        result.values_compared = sum(one.values for one in found)
        result.values_wrong = sum(one.wrong for one in found)
        conflicts = set(stage.conflicts)
        if stage.replication is not None:
            conflicts |= stage.replication.conflicts
        result.conflicts = len(conflicts)
        self._lookups(stage.looked())

    def _lookups(self, looked: Sequence[Looked]) -> None:
        result = self.result
        during = [one.ms for one in looked if self.cut_s <= one.at_s <= self.verified_s]
        result.lookups = len(looked)
        result.lookup_errors = sum(bool(one.error) for one in looked)
        result.lookup_error_window_s = round(lookups.error_window_s(looked), 3)
        result.lookup_p99_ms_during = _rounded(measure.percentile(during, 0.99))
        result.lookup_p99_ms_before = _rounded(
            measure.percentile([one.ms for one in looked if one.at_s < self.cut_s], 0.99)
        )
        result.stale_reads = lookups.stale_reads(looked)


def _at(entries: Sequence[Entry], step: str, kind: str) -> float:
    for entry in entries:
        if (entry.step, entry.kind) == (step, kind):
            return entry.at_s
    raise FailoverError(f"journal: no line says that {step!r} has {kind}; the run did not come so far")


def _said(detail: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in detail.items())


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
