"""The parity law on the statement for Athena, and faults in it, planted on purpose, that the law catches."""

from typing import Any

import pytest
from hypothesis import Phase, given, settings

from headwater.offline.athena import parts, statement, states, view_rows
from headwater.offline.point_in_time import Mode
from tests.parity.athena import check_athena
from tests.parity.histories import History, histories

ENOUGH = 1_000
"""Histories until a search gives up: the rarest of these faults shows in one of 50 or so."""

_statement = statement.training_set


def _as_happened(*given: Any, **named: Any) -> Any:
    return _statement(*given, **named | {"mode": "as_happened"})


FAULTS: dict[str, tuple[Any, str, Any]] = {
    "heads are forgotten": (parts.Parts, "of", lambda found, window: [found._by_window[window][0].number]),
    "what had not arrived is seen": (statement, "training_set", _as_happened),
    "the event that asks is ignored": (parts.Parts, "own", lambda _parts: [-1]),
    "only the last cell of a window is read": (
        parts,
        "_widths",
        lambda window: [(window.resolution_us, window.resolution_us)],
    ),
    "a window begins where its tail does not step": (view_rows, "AFTER_OF_ASK", ("t_us - reach_us", "1")),
    "the first is the last": (states._STATES, "first", states._ordered("MAX")),
}


@pytest.mark.parametrize("mode", ["as_known", "as_happened"])
@settings(max_examples=25)
@given(history=histories())
def test_training(mode: Mode, history: History) -> None:
    assert check_athena(history, mode).mismatches == []


class _Caught(Exception):  # noqa: N818 (what ends the search is a success)
    """A history on which the check found the fault."""


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_caught(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, name, planted = FAULTS[fault]
    if isinstance(owner, dict):
        monkeypatch.setitem(owner, name, planted)
    else:
        monkeypatch.setattr(owner, name, planted)

    @settings(max_examples=ENOUGH, database=None, phases=[Phase.generate])
    @given(histories())
    def search(history: History) -> None:
        if check_athena(history, "as_known").mismatches:
            raise _Caught

    with pytest.raises(_Caught):
        search()
