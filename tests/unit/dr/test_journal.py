"""What an operator's journal keeps, and what it makes of a crash."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from dr import plan, running
from dr.errors import FailoverError
from dr.journal import Entry, Journal, Kind
from dr.plan import Plan
from dr.running import Work
from headwater.errors import UnavailableError


def _quietly(_step: object, _said: str) -> None:
    """Tell nobody."""


class _Steps:
    """Work of a plan that notes what was done; at one step it fails, or the operator's machine does."""

    def __init__(self, one: Plan) -> None:
        self.plan = one
        self.done: list[str] = []

    def work(self, fails: str = "", *, by: BaseException | None = None) -> dict[str, Work]:
        """Work of which one step ends in an exception."""
        return {
            step.name: self._noting(step.name, by if step.name == fails else None) for step in self.plan.steps
        }

    def _noting(self, name: str, failure: BaseException | None) -> Work:
        def work() -> dict[str, object]:
            if failure is not None:
                raise failure
            self.done.append(name)
            return {}

        return work


class _Killed(BaseException):
    """The end of the operator's machine."""


class _KilledAfter(Journal):
    """A journal of a machine that dies when a step has been done: before its last line is written, or after."""

    def __init__(self, file: Path, step: str, *, line_is_written: bool) -> None:
        super().__init__(file, "one")
        self._step = step
        self._line_is_written = line_is_written

    def add(self, step: str, kind: Kind, **detail: Any) -> Entry:
        """Add a line, or die."""
        if (step, kind) != (self._step, "ended"):
            return super().add(step, kind, **detail)
        if self._line_is_written:
            super().add(step, kind, **detail)
        raise _Killed


STEPS = [(one, step.name) for one in plan.PLANS.values() for step in one.steps]
EVERY_STEP = pytest.mark.parametrize(
    ("one", "step"), STEPS, ids=[f"{one.name}-{step}".replace(" ", "_") for one, step in STEPS]
)


@EVERY_STEP
def test_a_run_goes_on_at_the_step_that_failed(one: Plan, step: str, tmp_path: Path) -> None:
    steps, file = _Steps(one), tmp_path / "journal.jsonl"
    optional = {each.name for each in one.steps if each.optional}
    with (
        pytest.raises(FailoverError, match=f"step '{step}': no answer")
        if step not in optional
        else nullcontext()
    ):
        running.run(one, Journal(file, "one"), steps.work(step, by=UnavailableError("no answer")), _quietly)
    running.run(one, Journal(file, "one"), steps.work(), _quietly)
    assert steps.done == [each.name for each in one.steps if each.name not in optional & {step}]


@EVERY_STEP
def test_a_run_goes_on_in_a_step_in_which_the_machine_died(one: Plan, step: str, tmp_path: Path) -> None:
    steps, file = _Steps(one), tmp_path / "journal.jsonl"
    with pytest.raises(_Killed):
        running.run(one, Journal(file, "one"), steps.work(step, by=_Killed()), _quietly)
    running.run(one, Journal(file, "one"), steps.work(), _quietly)
    assert steps.done == [each.name for each in one.steps]


@EVERY_STEP
@pytest.mark.parametrize("line_is_written", [True, False], ids=["told", "untold"])
def test_a_run_goes_on_behind_a_step_after_which_the_machine_died(
    one: Plan, step: str, tmp_path: Path, *, line_is_written: bool
) -> None:
    """Where it died before it could say that the step had ended, the step is done again; preflight anyway."""
    steps, file = _Steps(one), tmp_path / "journal.jsonl"
    with pytest.raises(_Killed):
        running.run(one, _KilledAfter(file, step, line_is_written=line_is_written), steps.work(), _quietly)
    running.run(one, Journal(file, "one"), steps.work(), _quietly)
    expected = [each.name for each in one.steps]
    is_asked_anew = next(each.clock == "decide" for each in one.steps if each.name == step)
    again = [] if line_is_written and not is_asked_anew else [step]
    place = expected.index(step) + 1
    assert steps.done == [*expected[:place], *again, *expected[place:]]


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


def test_what_preflight_found_counts_once_something_was_changed(tmp_path: Path) -> None:
    steps, file = _Steps(plan.FAILOVER), tmp_path / "journal.jsonl"
    with pytest.raises(FailoverError):
        running.run(
            plan.FAILOVER, Journal(file, "one"), steps.work("point", by=UnavailableError("no")), _quietly
        )
    running.run(plan.FAILOVER, Journal(file, "one"), steps.work(), _quietly)
    assert steps.done.count("preflight") == 1


@pytest.mark.parametrize(
    "line", [b"garbage\n", b"\xff\xfe\n", b'{"at_s": 1}\n'], ids=["text", "bytes", "other"]
)
def test_a_line_that_is_none_of_ours_is_refused_by_its_number(line: bytes, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl", "one")
    journal.add("point", "started")
    journal.file.write_bytes(journal.file.read_bytes() + line)
    with pytest.raises(FailoverError, match=r"journal\.jsonl, line 2: .*, expected a line of a journal"):
        journal.entries()


@pytest.mark.parametrize("use", ["add", "entries", "held"])
def test_a_journal_that_cannot_be_used_is_refused_by_its_file(use: str, tmp_path: Path) -> None:
    journal = Journal(tmp_path, "one")
    uses = {
        "add": lambda: journal.add("", "decided"),
        "entries": journal.entries,
        "held": journal.held().__enter__,
    }
    with pytest.raises(
        FailoverError, match=r"Is a directory; name a file that can be written with --journal"
    ):
        uses[use]()


def test_a_line_that_a_crash_has_cut_off_was_never_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl", "one")
    journal.add("point", "started")
    whole = journal.file.read_bytes()
    journal.file.write_bytes(whole + b'{"at_s": 17')
    assert [entry.kind for entry in journal.entries()] == ["started"]
    journal.add("point", "ended")
    assert [entry.kind for entry in journal.entries()] == ["started", "ended"]


def test_a_line_says_who_wrote_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "ada")
    monkeypatch.setattr("socket.gethostname", lambda: "desk")
    assert Journal(tmp_path / "journal.jsonl", "one").add("point", "started").by == "ada@desk"


def test_a_user_without_a_name_is_told_by_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("uid")

    monkeypatch.setattr("getpass.getuser", nameless)
    monkeypatch.setattr("os.getuid", lambda: 1001)
    journal = Journal(tmp_path / "journal.jsonl", "one")
    journal.add("point", "started")
    assert journal.entries()[0].by.startswith("1001@")


def test_runs_of_one_journal_are_told_apart(tmp_path: Path) -> None:
    first, second = (Journal(tmp_path / "journal.jsonl", name) for name in ("one", "two"))
    first.add("", "decided", epoch=2)
    assert (first.decided("epoch"), second.decided("epoch")) == (2, None)
