"""Event source mappings of Lambda, and what limits a function, for whoever stops one and makes it go on elsewhere."""

import uuid
from typing import Any

from tests.aws_calls import Answer


class Mappings:
    """Lambda's event source mappings: what is asked for is so a little later, as in AWS and not in moto."""

    def __init__(self) -> None:
        self.found: list[dict[str, Any]] = []
        self.made = 0
        self.concurrency: int | None = None

    def add(self, stream_arn: str, **more: Any) -> None:
        """Add the program's mapping of a stream."""
        self.found.append(
            {
                "EventSourceArn": stream_arn,
                "UUID": str(uuid.uuid4()),
                "State": "Enabled",
                "StartingPosition": "TRIM_HORIZON",
                **more,
            }
        )

    def answers(self) -> dict[str, Answer]:
        """Functions for `AwsCalls`."""
        asked: dict[str, Answer] = {
            "ListEventSourceMappings": self._list,
            "CreateEventSourceMapping": self._create,
            "DeleteEventSourceMapping": self._delete,
            "GetFunctionConfiguration": lambda _region, _asked: {"Timeout": 60},
            "PutFunctionConcurrency": self._limit,
            "DeleteFunctionConcurrency": self._free,
        }
        return {f"lambda:{operation}": answer for operation, answer in asked.items()}

    def _list(self, _region: str, _asked: dict[str, Any]) -> dict[str, Any]:
        listed = [dict(mapping) for mapping in self.found]
        self.found = [each for each in self.found if each["State"] != "Deleting"]
        for each in self.found:
            each["State"] = "Enabled"
        return {"EventSourceMappings": listed}

    def _create(self, _region: str, asked: dict[str, Any]) -> dict[str, Any]:
        assert not self.found, "two mappings deliver everything twice"
        self.made += 1
        known = {name: value for name, value in asked.items() if name not in {"FunctionName", "Enabled"}}
        made = {**known, "UUID": str(uuid.uuid4()), "State": "Creating"}
        self.found.append(made)
        return made

    def _delete(self, _region: str, asked: dict[str, Any]) -> dict[str, Any]:
        [mapping] = [each for each in self.found if each["UUID"] == asked["UUID"]]
        mapping["State"] = "Deleting"
        return mapping

    def _limit(self, _region: str, asked: dict[str, Any]) -> dict[str, Any]:
        self.concurrency = asked["ReservedConcurrentExecutions"]
        return {"ReservedConcurrentExecutions": self.concurrency}

    def _free(self, _region: str, _asked: dict[str, Any]) -> dict[str, Any]:
        self.concurrency = None
        return {}
