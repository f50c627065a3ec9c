"""What counts as wrong among the plans of changes."""

from infra.terraform.changes import IN_PLACE
from infra.terraform.replacements import Change, faults

_NOTHING = Change(change="nothing")
_SHOWN = Change(
    change="all sizes", resources=1, in_place={kind: sorted(names) for kind, names in IN_PLACE.items()}
)


def test_nothing_is_wrong_when_plans_show_what_is_said_of_them() -> None:
    assert faults([_NOTHING, _SHOWN]) == []


def test_what_holds_data_must_not_go() -> None:
    change = Change(change="c", resources=1, stateful_replaced=["aws_kinesis_stream.events"])
    [fault] = faults([_NOTHING, _SHOWN, change])
    assert fault == "c: would replace or delete aws_kinesis_stream.events, which holds data"


def test_no_change_must_change_nothing() -> None:
    [fault] = faults([Change(change="nothing", resources=3), _SHOWN])
    assert "would change 3 resources again" in fault


def test_a_change_that_reaches_no_resource_is_not_judged() -> None:
    [fault] = faults([_NOTHING, _SHOWN, Change(change="c")])
    assert fault == "c: changes no resource, so nothing was judged"


def test_what_the_provider_has_against_a_change_is_told() -> None:
    assert faults([_NOTHING, _SHOWN, Change(change="c", resources=1, errors=["no"])]) == ["c: no"]


def test_what_no_plan_shows_must_not_be_claimed() -> None:
    found = faults([_NOTHING])
    assert len(found) == sum(map(len, IN_PLACE.values()))
    assert all("no plan shows that it is changed in place" in each for each in found)
