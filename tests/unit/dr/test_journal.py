"""What an operator's journal keeps, and what it makes of a crash."""

from pathlib import Path

import pytest

from dr import plan, running
from dr.errors import FailoverError
from dr.journal import Journal
from dr.running import Work
from headwater.errors import UnavailableError

STEPS = [step.name for step in plan.SWITCH.steps]


def _quietly(_step: object, _said: str) -> None:
    """Tell nobody."""


def test_a_run_goes_on_behind_the_last_step_that_ended(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl", "one")
    done: list[str] = []

    def dies() -> dict[str, object]:
        raise UnavailableError("no answer")

    def notes(name: str) -> Work:
        def work() -> dict[str, object]:
            done.append(name)
            return {}

        return work

    work = {name: notes(name) for name in STEPS}
    with pytest.raises(FailoverError, match="step 'drain': no answer"):
        running.run(plan.SWITCH, journal, {**work, "drain": dies}, _quietly)
    running.run(plan.SWITCH, Journal(journal.file, "one"), work, _quietly)
    assert done == STEPS


def test_an_optional_step_that_fails_is_noted_and_the_run_goes_on(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl", "one")

    def fails() -> dict[str, object]:
        raise UnavailableError("no answer")

    work = {step.name: dict for step in plan.FAILOVER.steps}
    running.run(plan.FAILOVER, journal, {**work, "fence": fails}, _quietly)
    ended = journal.ended("fence")
    assert ended is not None
    assert ended.detail == {"skipped": "no answer"}
    assert journal.ended("verify")


def test_a_line_that_a_crash_has_cut_off_was_never_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl", "one")
    journal.add("point", "started")
    whole = journal.file.read_bytes()
    journal.file.write_bytes(whole + b'{"at_s": 17')
    assert [entry.kind for entry in journal.entries()] == ["started"]
    journal.add("point", "ended")
    assert [entry.kind for entry in journal.entries()] == ["started", "ended"]


def test_runs_of_one_journal_are_told_apart(tmp_path: Path) -> None:
    first, second = (Journal(tmp_path / "journal.jsonl", name) for name in ("one", "two"))
    first.add("", "decided", epoch=2)
    assert (first.decided("epoch"), second.decided("epoch")) == (2, None)
