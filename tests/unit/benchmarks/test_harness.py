"""Comparisons: what is written, what is refused, and what becomes of a side that ends."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import harness
from benchmarks.harness import Case, EndedError, Side, UnequalError

_WORKER = """
import sys, time
from pathlib import Path
from benchmarks.worker import serve

def run():
    with Path({log!r}).open("a") as file:
        print({name!r}, file=file)
    if Path({log!r}).read_text().split().count({name!r}) > {ends_after}:
        sys.exit(3)
    time.sleep({seconds})
    return {result!r}

serve(run, lambda result, file: Path(file).write_text(result))
"""


def _equal(ours: Path, other: Path) -> None:
    if ours.read_text() != other.read_text():
        raise UnequalError(other.name)


class _Bench:
    """Makes sides, and knows in which order they ran."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "runs"
        self._folder = folder

    def side(
        self, name: str, *, result: str = "same", seconds: float = 0.0, ends_after: int = 99, **more: Any
    ) -> Side:
        code = _WORKER.format(
            log=str(self._log), name=name, result=result, seconds=seconds, ends_after=ends_after
        )
        return Side(name, [sys.executable, "-c", code], **more)

    def run(self, ours: Side, floor: Side, peer: Side | None = None, units: int | None = None) -> Any:
        case = Case("a case", ours, floor, peer, _equal, units)
        return json.loads(harness.run("bench", [case], self._folder).read_text())

    def runs(self) -> list[str]:
        return self._log.read_text().split()


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Bench:
    monkeypatch.setattr(harness, "RESULTS", tmp_path / "results")
    return _Bench(tmp_path)


def test_sides_take_turns_after_a_warm_up_each(bench: _Bench) -> None:
    bench.run(bench.side("ours"), bench.side("floor"), bench.side("peer", rounds=1))
    assert bench.runs() == ["ours", "floor", "peer"] * 2 + ["ours", "floor"] * 2


def test_a_peer_that_needs_the_memory_runs_after_the_others(bench: _Bench) -> None:
    bench.run(bench.side("ours"), bench.side("floor"), bench.side("peer", rounds=1, alone=True))
    assert bench.runs() == ["ours", "floor"] * 4 + ["peer"] * 2


def test_ratios_are_of_times_also_where_figures_are_per_second(bench: _Bench) -> None:
    ours, floor, peer = (
        bench.side(name, seconds=seconds) for name, seconds in (("ours", 0.1), ("floor", 0.05), ("peer", 0.2))
    )
    [timed] = bench.run(ours, floor, peer)
    [counted] = bench.run(ours, floor, peer, units=10)
    assert timed["seconds"] == pytest.approx(0.1, rel=0.2)
    assert counted["per_second"] == pytest.approx(100, rel=0.2)
    for result in (timed, counted):
        assert result["ratio_to_floor"] == pytest.approx(2, rel=0.3)
        assert result["peer"]["ratio"] == pytest.approx(2, rel=0.3)


@pytest.mark.parametrize("alone", [False, True])
def test_unequal_results_are_an_error_and_nothing_is_written(bench: _Bench, *, alone: bool) -> None:
    with pytest.raises(UnequalError, match="peer"):
        bench.run(
            bench.side("ours"),
            bench.side("floor"),
            bench.side("peer", result="another", alone=alone, rounds=1),
        )
    assert not harness.RESULTS.exists()


def test_unequal_results_are_found_before_anything_is_timed(bench: _Bench) -> None:
    with pytest.raises(UnequalError, match="floor"):
        bench.run(bench.side("ours"), bench.side("floor", result="another"))
    assert bench.runs() == ["ours", "floor"]


@pytest.mark.parametrize("ends_after", [0, 1])
def test_a_peer_that_ends_leaves_ours_beside_the_floor(
    bench: _Bench, capsys: pytest.CaptureFixture[str], ends_after: int
) -> None:
    [result] = bench.run(bench.side("ours"), bench.side("floor"), bench.side("peer", ends_after=ends_after))
    assert result["peer"] is None
    assert result["ratio_to_floor"] > 0
    assert "no peer: peer: its worker ended with 3" in capsys.readouterr().out


def test_a_side_of_ours_that_ends_is_an_error(bench: _Bench) -> None:
    with pytest.raises(EndedError, match="floor: its worker ended with 3"):
        bench.run(bench.side("ours"), bench.side("floor", ends_after=1))


def test_memory_is_a_sides_own(bench: _Bench) -> None:
    ballast = b"x" * 300_000_000  # what started a process must not count for it
    [result] = bench.run(bench.side("ours"), bench.side("floor"))
    assert len(ballast) > result["peak_rss_mb"] * 3_000_000
