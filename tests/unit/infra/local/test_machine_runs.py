"""Following an execution: what is refused, and what is told of each event."""

from typing import Any

import pytest
from msgspec import structs

from headwater.errors import InputError
from infra.local.machine_runs import MachineRunner, describe
from tests.servers import outputs


def test_a_machine_that_is_not_there_is_an_error_that_names_those_that_are() -> None:
    known = structs.replace(
        outputs("b", "http://127.0.0.1:9"), machine_arns={"compact": "arn", "backfill": "arn"}
    )
    with pytest.raises(InputError, match="'nightly': not in 'none', which has backfill, compact"):
        MachineRunner(known, None, print).run("nightly", {})


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (
            {"type": "ChoiceStateEntered", "stateEnteredEventDetails": {"name": "WhichCutover"}},
            "-> WhichCutover",
        ),
        (
            {"type": "TaskTimedOut", "taskTimedOutEventDetails": {"error": "States.Timeout"}},
            "   failed: States.Timeout",
        ),
        ({"type": "TaskStateExited", "stateExitedEventDetails": {"name": "Ingest"}}, ""),
        ({"type": "ExecutionStarted"}, ""),
    ],
)
def test_states_and_failures_are_told_and_nothing_else(event: dict[str, Any], told: str) -> None:
    assert describe(event) == told
