"""What a batch that is delivered again is as an event of Lambda."""

import io
import json
from typing import Any

import pytest

from headwater.errors import UnavailableError
from headwater.stream import redelivery
from headwater.stream.processor import BatchReport
from headwater.stream.records import StreamRecord, records_of

ARRIVAL_US = 1_545_084_650_987_000
RECORDS = [StreamRecord("s", n, str(n), ARRIVAL_US, b"x" * 700_000, "k") for n in range(1, 12)]
REPORT = BatchReport(
    records=2, applied=1, duplicate=1, late=0, dropped=0, dead=0, lag_ms=1.0, failed=[], error=None
)


class Function:
    """Answers like Lambda."""

    def __init__(self, answer: dict[str, Any], **response: str) -> None:
        self.answer = answer
        self.response = response
        self.payloads: list[bytes] = []

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        """Answer as told."""
        assert FunctionName == "stream"
        self.payloads.append(Payload)
        return {"Payload": io.BytesIO(json.dumps(self.answer).encode()), **self.response}


def _delivered(function: Function) -> int:
    return redelivery.deliver(function, "stream", RECORDS, "20")  # type: ignore[arg-type]


def test_records_reach_the_function_as_they_were_in_order_and_in_calls_that_lambda_takes() -> None:
    function = Function({"batchItemFailures": [], "in_doubt": 2})
    assert _delivered(function) == 2 * len(function.payloads)
    assert max(map(len, function.payloads)) <= 6_000_000
    assert [record for payload in function.payloads for record in records_of(json.loads(payload))] == RECORDS


@pytest.mark.parametrize(
    "function",
    [
        Function({"batchItemFailures": [{"itemIdentifier": "1"}]}),
        Function({"errorMessage": "no memory"}, FunctionError="Unhandled"),
        Function({"batchItemFailures": []}),
    ],
    ids=["records failed", "it failed", "an earlier release"],
)
def test_a_function_that_does_not_say_that_all_was_applied_has_failed(function: Function) -> None:
    with pytest.raises(UnavailableError, match="function 'stream': failed on 5 records"):
        _delivered(function)


def test_pages_are_asked_only_where_something_was_there_already() -> None:
    event = {"redelivery_until": "20"}
    assert redelivery.answer(event, REPORT, lambda end: end)["in_doubt"] == 20
    assert redelivery.answer(event, REPORT._replace(duplicate=0), lambda end: end)["in_doubt"] == 0


def test_the_mapping_is_answered_with_nothing_more_than_it_knows() -> None:
    failed = REPORT._replace(failed=RECORDS[:1])
    assert redelivery.answer({}, REPORT, lambda end: end) == {"batchItemFailures": []}
    assert redelivery.answer({}, failed, lambda end: end) == {"batchItemFailures": [{"itemIdentifier": "1"}]}
