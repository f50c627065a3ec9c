"""New code for functions that are there already, as an update of the stack would bring it."""

from pathlib import Path

from headwater.environment import Environment
from infra.components.feature_lookup import ALIAS
from infra.packaging.bundle import build_bundle


def update_functions(root: Path, outputs: Environment) -> None:
    """Give every function of a local cloud its newly built zip; what the stores hold stays.

    Args:
        root: The checkout.
        outputs: Of its local cloud.
    """
    client = outputs.client("lambda")
    for function, name in (
        ("stream", outputs.stream_function_name),
        ("lookup", outputs.lookup_function_name),
    ):
        code = build_bundle(function, "local", root).path.read_bytes()
        made = client.update_function_code(FunctionName=name, ZipFile=code, Publish=True)
        if function == "lookup":
            client.update_alias(FunctionName=name, Name=ALIAS, FunctionVersion=made["Version"])
