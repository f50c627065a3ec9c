"""A global table without a lag: one set of items for both regions, by the calls that the library makes."""

from typing import Any

from tests.aws_calls import Answer

Item = dict[str, Any]


class GlobalTable:
    """Items by key.

    Attributes:
        items: Of both regions.
        differing: What a region has instead, whenever its table is read whole.
    """

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}
        self.differing: dict[str, dict[str, Item]] = {}

    def answers(self) -> dict[str, Answer]:
        """Functions for `AwsCalls`."""
        return {
            "dynamodb:BatchGetItem": self._read,
            "dynamodb:BatchExecuteStatement": self._write,
            "dynamodb:PutItem": self._put,
            "dynamodb:Scan": self._scan,
            "dynamodb:UpdateItem": self._update,
        }

    def _scan(self, region: str, _asked: dict[str, Any]) -> dict[str, Any]:
        return {"Items": list((self.items | self.differing.get(region, {})).values())}

    def _read(self, _region: str, asked: dict[str, Any]) -> dict[str, Any]:
        [(table, wanted)] = asked["RequestItems"].items()
        keys = [key["k"]["S"] for key in wanted["Keys"]]
        return {"Responses": {table: [self.items[key] for key in keys if key in self.items]}}

    def _write(self, _region: str, asked: dict[str, Any]) -> dict[str, Any]:
        return {"Responses": [self._execute(statement) for statement in asked["Statements"]]}

    def _execute(self, statement: dict[str, Any]) -> dict[str, Any]:
        given = list(statement["Parameters"])
        if statement["Statement"].startswith("INSERT"):
            *values, key = given
            if key["S"] in self.items:
                return {"Error": {"Code": "DuplicateItem"}}
        else:
            *values, key, revision = given
            if self.items.get(key["S"], {}).get("r") != revision:
                return {"Error": {"Code": "ConditionalCheckFailed"}}
        self.items[key["S"]] = {"k": key, **dict(zip(("v", "r", "e"), values, strict=False))}
        return {}

    def _put(self, _region: str, asked: dict[str, Any]) -> dict[str, Any]:
        self.items[asked["Item"]["k"]["S"]] = asked["Item"]
        return {}

    def _update(self, _region: str, asked: dict[str, Any]) -> dict[str, Any]:
        item = self.items[asked["Key"]["k"]["S"]]
        item["r"] = {"N": str(int(item["r"]["N"]) + 1)}
        return {"Attributes": {"r": item["r"]}}
