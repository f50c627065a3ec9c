"""Which of a resource's inputs are settings to a reader."""

from typing import Any

import pytest

from infra.local.graph import Resource
from infra.preview.settings import settings


def _resource(inputs: dict[str, Any], *, protect: bool = False) -> Resource:
    return Resource(
        urn="urn", type="aws:sqs/queue:Queue", name="queue", custom=True, parent="", provider="", region="us-east-1", inputs=inputs,
        outputs={}, id="", protect=protect, retained=False, ignored=(), dependencies=(),
        file="", line=0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("inputs", "shown"),
    [
        ({"size": 3, "on": True}, {"size": "3", "on": "true"}),
        ({"a": {"b": {"c": "x"}}}, {"a.b.c": "x"}),
        ({"rules": [{"days": 1}, {"days": 2}]}, {"rules[0].days": "1", "rules[1].days": "2"}),
        ({"zones": ["a", "b"]}, {"zones": "a, b"}),
        ({"arn": "<keys-key.arn>", "all": ["<a.id>", "<b.id>"]}, {}),
        ({"description": "words", "tags": {"a": "b"}}, {}),
        ({"policy": '{"Statement": [{}, {}]}'}, {"policy": "2 statements"}),
        ({"none": None}, {}),
    ],
)
def test_values_are_shown_and_wiring_is_not(inputs: dict[str, Any], shown: dict[str, str]) -> None:
    assert settings(_resource(inputs)) == shown


def test_protection_is_a_setting() -> None:
    assert settings(_resource({}, protect=True)) == {"protect": "true"}
