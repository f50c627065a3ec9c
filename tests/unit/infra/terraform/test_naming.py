"""Names that are told apart although they are written alike."""

import pytest

from infra.terraform.schema import Block, find


@pytest.mark.parametrize(
    ("kind", "name", "found"),
    [
        ("", "kmsKeyArn", "kms_key_arn"),
        ("", "attributes", "attribute"),
        ("", "globalSecondaryIndexes", "global_secondary_index"),
        ("", "policies", "policy"),
        ("aws_lambda_function", "name", "function_name"),
        ("", "missing", None),
    ],
)
def test_a_property_is_found_by_any_name_the_bridge_gives_it(kind: str, name: str, found: str | None) -> None:
    names = ("kms_key_arn", "attribute", "policy", "function_name", "name")
    block = Block(dict.fromkeys(names, "string"), {"global_secondary_index": Block()})
    assert find(block, kind, name) == found
