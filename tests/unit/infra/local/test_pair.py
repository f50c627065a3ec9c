"""What a run of two regions leaves, when it was killed: nothing that the next one does not end."""

import shutil
from pathlib import Path

import pytest

from headwater.errors import LocalCloudError
from infra.local import pair, processes
from infra.local.pair import Pair


def test_the_next_run_ends_what_one_that_was_killed_has_left(tmp_path: Path) -> None:
    sleep = shutil.which("sleep")
    assert sleep
    left = Pair(tmp_path).start("left", [sleep, "60"], {})
    assert processes.is_running(left)
    with pair.opened(tmp_path) as fresh:
        assert not processes.is_running(left)
        assert fresh.state.others == []
    assert pair.load(tmp_path) is None


def test_two_runs_at_a_time_are_refused(tmp_path: Path) -> None:
    with (
        pair.opened(tmp_path),
        pytest.raises(LocalCloudError, match="another drill is running"),
        pair.opened(tmp_path),
    ):
        pass


def test_a_pair_that_was_never_up_is_down(tmp_path: Path) -> None:
    assert pair.down(tmp_path) is False
