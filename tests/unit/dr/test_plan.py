"""What every plan promises."""

from pathlib import Path

import pytest

from dr import actions, plan, runbook
from dr.plan import Plan

ROOT = Path(__file__).parents[3]
PLANS = pytest.mark.parametrize("one", plan.PLANS.values(), ids=list(plan.PLANS))


def test_the_runbook_is_what_the_plans_say() -> None:
    assert (ROOT / runbook.FILE).read_text() == runbook.text(), "run `python -m dr runbook`"


@PLANS
def test_steps_of_a_plan_are_told_apart_by_name(one: Plan) -> None:
    names = [step.name for step in one.steps]
    assert len(set(names)) == len(names)


def test_a_failover_needs_nothing_of_the_lost_region() -> None:
    needed = [step for step in plan.FAILOVER.steps if not step.optional]
    asked = [each for step in needed for each in step.actions if each.where == "lost region"]
    assert [each for each in asked if each.when != actions.ANSWERS] == []


@PLANS
def test_a_call_is_always_made_or_under_a_condition_that_is_known(one: Plan) -> None:
    assert {each.when for step in one.steps for each in step.actions} <= {"", *actions.CONDITIONS}


def test_the_pointer_moves_before_any_call_of_a_control_plane() -> None:
    steps = list(plan.FAILOVER.steps)
    point = next(place for place, step in enumerate(steps) if step.name == "point")
    assert not any(each.control_plane for step in steps[: point + 1] for each in step.actions)
