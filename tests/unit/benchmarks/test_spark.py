"""The benchmark of Spark compares equal work, and says only what follows from what it measured."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks import spark, spark_crossover
from benchmarks.harness import Process, Side, UnequalError, in_turns, worker
from benchmarks.spark_crossover import Line, crossing, crossover, fit, scaling, workers_to_win
from benchmarks.spark_data import events
from benchmarks.spark_plot import plot
from benchmarks.spark_side import ONE_MACHINE, SPARK, Work, side
from benchmarks.worker import peak_rss_mb

TABLE = pa.table({"row": [0, 1, 2], "entity": [7, 8, 9], "f": [1.0, None, 3.0]})
GROWTH = [
    {
        "events": events,
        "one_machine_seconds": 1 + events * 2e-6,
        "spark_seconds": 20 + events * 1e-6,
        "spark_one_core_seconds": 20 + events * 2e-6 if events == 10_000_000 else None,
        "one_machine_peak_rss_mb": 200 + events * 4e-4,
    }
    for events in (1_000_000, 3_000_000, 10_000_000)
]


def _write(table: pa.Table, folder: Path) -> Path:
    folder.mkdir()
    pq.write_table(table.slice(0, 1), folder / "0.parquet")
    pq.write_table(table.slice(1), folder / "1.parquet")
    return folder


def test_rows_are_compared_whatever_their_order_and_files(tmp_path: Path) -> None:
    spark.check(_write(TABLE, tmp_path / "a"), _write(TABLE.take([2, 0, 1]), tmp_path / "b"))


@pytest.mark.parametrize(
    "other",
    [
        TABLE.set_column(2, "f", pa.array([1.0, None, 3.0 + 1e-7])),
        TABLE.set_column(2, "f", pa.array([1.0, 2.0, 3.0])),
        TABLE.rename_columns(["row", "entity", "g"]),
        TABLE.slice(1),
        TABLE.set_column(0, "row", pa.array([0, 1, 1])),
    ],
    ids=["another value", "a value for a null", "another feature", "a row less", "a row twice"],
)
def test_a_difference_is_found(other: pa.Table, tmp_path: Path) -> None:
    with pytest.raises(UnequalError, match="b"):
        spark.check(_write(TABLE, tmp_path / "a"), _write(other, tmp_path / "b"))


def test_a_fit_has_no_negative_part() -> None:
    assert fit([1, 2, 4], [1.0, 2.5, 5.5]).fixed == 0.0
    assert fit([1, 2, 4], [5.0, 4.0, 3.0]).each == 0.0


@pytest.mark.parametrize(
    ("one_machine", "other", "events"),
    [
        (Line(1, 2), Line(21, 1), 20),
        (Line(1, 1), Line(21, 2), None),
        (Line(1, 1), Line(1, 1), None),
        (Line(5, 2), Line(1, 1), 0),
    ],
    ids=["grows faster", "grows slower", "alike", "behind from the start"],
)
def test_spark_is_faster_from_where_the_lines_cross(
    one_machine: Line, other: Line, events: int | None
) -> None:
    assert crossing(one_machine, other) == events


@pytest.mark.parametrize(
    ("one_core", "both", "exponent"), [(22.0, 12.0, 1.0), (12.0, 12.0, 0.0), (42.0, 12.0, 1.0)]
)
def test_cores_scale_by_no_more_than_their_number(one_core: float, both: float, exponent: float) -> None:
    assert scaling(2.0, one_core, both, cores=2) == exponent


def test_workers_are_enough_and_one_less_is_not() -> None:
    one_machine, other, events = Line(0, 1e-6), Line(10, 1e-5), 100_000_000
    needed = workers_to_win(one_machine, other, events, cores=2, scaling=1.0)
    assert needed is not None

    def seconds(workers: int) -> float:
        return other.fixed + other.each * events * 2 / ((workers - 1) * spark_crossover.WORKER_CORES)

    assert seconds(needed) <= one_machine.at(events) < seconds(needed - 1)


@pytest.mark.parametrize(("fixed", "exponent"), [(200.0, 1.0), (1.0, 0.0)])
def test_no_number_of_workers_makes_up_for_a_slow_start_or_for_cores_that_do_not_help(
    fixed: float, exponent: float
) -> None:
    assert workers_to_win(Line(0, 1e-6), Line(fixed, 1e-5), 1e8, cores=2, scaling=exponent) is None


def test_measured_and_extrapolated_are_told_apart() -> None:
    found = crossover(GROWTH, cores=2, machine_mb=10_000, ahead=[100_000_000])
    assert found["first_measured_events_where_spark_is_faster"] is None
    assert found["extrapolated_events_where_spark_is_faster"] == pytest.approx(19e6)
    assert found["extrapolated_events_where_one_machine_is_out_of_memory"] == pytest.approx(19.5e6)
    assert found["spark_scaling"] == pytest.approx(1.0)
    assert [one["measured"] for one in found["workers"]] == [True, True, True, False]


def test_a_crossover_says_how_far_its_lines_miss_what_was_measured() -> None:
    noisy = [one | {"spark_seconds": 15.0} for one in GROWTH[:-1]] + [GROWTH[-1] | {"spark_seconds": 80.0}]
    errors = crossover(noisy, cores=2, machine_mb=10_000, ahead=[])["fits"]["worst_errors"]
    assert errors["one_machine"] == pytest.approx(0.0, abs=1e-6)
    assert errors["spark"] > 0.1


def test_the_same_figures_give_the_same_picture(tmp_path: Path) -> None:
    found: dict[str, Any] = crossover(GROWTH, cores=2, machine_mb=10_000, ahead=[100_000_000])
    for name in ("a.svg", "b.svg"):
        plot(GROWTH, found, tmp_path / name)
    drawn = (tmp_path / "a.svg").read_text()
    assert drawn == (tmp_path / "b.svg").read_text()
    for label in (
        "one machine, measured",
        "one machine, extrapolated",
        "out of memory from here on, extrapolated",
    ):
        assert label in drawn


def test_memory_of_what_a_worker_starts_is_its_own() -> None:
    before = peak_rss_mb()
    ballast = "x = b'x' * 200_000_000; print('ready', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", ballast], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert peak_rss_mb() > before + 190
        child.communicate("\n")


@pytest.mark.slow
@pytest.mark.usefixtures("spark_jars")
@pytest.mark.parametrize("kind", ["window", "asof"])
def test_both_sides_make_the_same_training_set_from_the_same_log(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    data = Process(Side("data", worker("benchmarks.spark_data", kind, "20000", str(folder))))
    data.ask("run")
    data.close()
    work = Work(kind, folder, memory_mb=1_024, cores=2)
    sides = [side(name, work, rounds=1) for name in (ONE_MACHINE, SPARK)]
    measured = in_turns("equal", sides, spark.check, tmp_path)
    made = pq.read_table(tmp_path / SPARK)
    assert made.num_rows == 2_000
    assert made.drop_columns(["row", "event_time", "entity"]).to_pandas().notna().mean().min() > 0.2
    # Java's memory is Spark's.
    assert measured[SPARK].peak_rss_mb > 300


@pytest.mark.slow
@pytest.mark.usefixtures("spark_jars")
def test_compaction_leaves_fewer_files_and_every_row(tmp_path: Path) -> None:
    folder = tmp_path / "compaction"
    folder.mkdir()
    found = spark.compacted(folder, events=1_000, commits=5)
    assert found["events"] == 1_000
    assert found["files_before"] > found["files_after"]
    assert found["read_seconds_after"] > 0


def test_small_commits_bring_late_events_in_the_order_of_their_arrival() -> None:
    random = np.random.default_rng(7)
    made = events("window", 1_000, first=0, random=random, entities=10)
    lateness = made["arrival"].cast(pa.int64()).to_numpy() - made["event_time"].cast(pa.int64()).to_numpy()
    assert (lateness >= 0).all()
    assert 0.005 < (lateness > 60e6).mean() < 0.05
