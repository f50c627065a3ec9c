"""Runs the program without a cloud: what is not known before it is made is shown as ``<name.output>``."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from infra.local import graph
from infra.local.graph import Graph
from infra.local.output_names import answer_shapes, element_shapes, output_shapes
from infra.stacks.configuration import PROJECT


def record(
    root: Path, environment: str, program: Callable[[], None], changes: Mapping[str, str] | None = None
) -> Graph:
    """Return what the program declares for an environment.

    Args:
        root: The checkout.
        environment: Such as ``prod``.
        program: Declares the platform.
        changes: Values of configuration that are other than in the environment's file, by key.

    Raises:
        SettingsError: There is no such environment, or its configuration is wrong.
    """
    changed = {f"{PROJECT}:{key}": value for key, value in (changes or {}).items()}
    config = graph.read_config(root, environment) | changed
    return graph.run(program, config, environment=environment, create=_unknown, call=_looked_up)


def _unknown(token: str, name: str, _region: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    unknown = (key for key in output_shapes(token) if not _is_structure(inputs.get(key)))
    return f"<{name}.id>", {key: _placeholder(token, name, key) for key in unknown}


def _placeholder(token: str, name: str, output: str) -> Any:
    parts = [part for part, shape in element_shapes(token, output).items() if shape == "text"]
    return [{part: f"<{name}.{output}.{part}>" for part in parts}] if parts else f"<{name}.{output}>"


def _is_structure(value: Any) -> bool:
    return value is not None and not isinstance(value, str)


def _looked_up(token: str, _region: str, arguments: dict[str, Any]) -> dict[str, Any]:
    name = token.rpartition(":")[2].removeprefix("get")
    shapes = answer_shapes(token)
    texts = {key: f"<{name}.{key}>" for key, shape in shapes.items() if shape != "other"}
    return {key: [text] if shapes[key] == "list" else text for key, text in texts.items()} | arguments
