"""What the provider would do about a change, against what it has applied: planned, and never carried out."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from headwater import registry
from infra.local import graph
from infra.terraform import export, judge
from infra.terraform.changes import CONFIGURATION, DEFINITIONS, IN_PLACE, STATEFUL
from infra.terraform.document import Configuration
from infra.terraform.terraform import Terraform

_NOTHING = "nothing"


class Change(msgspec.Struct, kw_only=True):
    """What would become of the resources.

    Attributes:
        change: What was changed.
        resources: How many the provider would create, change, replace or delete.
        replaced: Those it would replace, each with the attributes that make it do so.
        stateful_replaced: Those it would replace or delete that hold data.
        in_place: Attributes of those that it would change in place, by type.
        errors: What it has against the change.
    """

    change: str
    resources: int = 0
    replaced: list[str] = []
    stateful_replaced: list[str] = []
    in_place: dict[str, list[str]] = {}
    errors: list[str] = []


class Asked(NamedTuple):
    """A change to judge: what it is called, and the environment after it."""

    change: str
    after: Configuration


def asked(
    root: Path, environment: str, declare: Callable[[Path | None], None], scratch: Path
) -> Iterator[Asked]:
    """An environment as it is, then after each change.

    Args:
        root: The checkout.
        environment: Such as ``local``.
        declare: The program, for a compiled registry or the committed one.
        scratch: Folder for changed registries.
    """
    config = graph.read_config(root, environment)
    compiled = registry.load(root / "features" / "registry.json")
    view = next(iter(compiled.views))
    yield Asked(_NOTHING, export.of_config(config, environment, lambda: declare(None)))
    for change, changed in DEFINITIONS.items():
        file = scratch / f"{change.replace(' ', '-')}.json"
        file.write_bytes(registry.dump(changed(compiled, view)))
        yield Asked(change, export.of_config(config, environment, partial(declare, file)))
    for change, values in CONFIGURATION.items():
        given = {**config, **{f"headwater:{key}": value for key, value in values.items()}}
        yield Asked(change, export.of_config(given, environment, lambda: declare(None)))


def settle(given: Configuration, folder: Path, endpoint_url: str) -> None:
    """Put back into the state what the emulator forgot of what it was given, as AWS would have kept it.

    Otherwise each plan would change that again, and nobody could tell it from what a change does.

    Args:
        given: The environment as it was applied.
        folder: Of the apply.
        endpoint_url: Answers who the caller is.
    """
    judge.write(judge.applicable(given), folder, endpoint_url)
    planned, _ = Terraform(folder).changes()
    by_address = {each["address"]: each["change"] for each in planned if each["mode"] == "managed"}
    file = folder / "terraform.tfstate"
    state = json.loads(file.read_bytes())
    for resource in state["resources"]:
        change = by_address.get(f"{resource['type']}.{resource['name']}")
        if change is None or change["after"] is None:
            continue
        unknown = change["after_unknown"]
        resource["instances"][0]["attributes"] |= {
            key: value for key, value in change["after"].items() if not _any_unknown(unknown.get(key))
        }
    file.write_text(json.dumps(state))


def plan(given: Asked, folder: Path, endpoint_url: str) -> Change:
    """Plan a change in the folder in which the environment was applied.

    The state is not read from the cloud again: it is what the provider itself wrote when it applied.

    Args:
        given: The change.
        folder: Of the apply; its configuration becomes that of the change.
        endpoint_url: Answers who the caller is.
    """
    found = judge.applicable(given.after)
    judge.write(found, folder, endpoint_url)
    planned, events = Terraform(folder).changes()
    made = Change(change=given.change, errors=judge.errors_of(events))
    for each in planned:
        actions = each["change"]["actions"]
        if each["mode"] != "managed" or actions in (["no-op"], ["read"]):
            continue
        made.resources += 1
        holds_data = each["type"] in _stateful_types(found)
        if {"create", "delete"} <= set(actions):
            made.replaced.append(f"{each['address']}: {', '.join(_paths(each))}")
        if holds_data and "delete" in actions:
            made.stateful_replaced.append(each["address"])
        if holds_data and actions == ["update"]:
            known = made.in_place.get(each["type"], [])
            made.in_place[each["type"]] = sorted({*known, *_changed(each["change"])})
    return made


def faults(changes: list[Change]) -> list[str]:
    """What is wrong with what the provider said of all changes, the first being none."""
    found = [f"{each.change}: {error}" for each in changes for error in each.errors]
    found += [
        f"{each.change}: would replace or delete {address}, which holds data"
        for each in changes
        for address in each.stateful_replaced
    ]
    for each in changes:
        if each.change == _NOTHING and each.resources:
            found.append(f"{_NOTHING} changed: the provider would change {each.resources} resources again")
        if each.change != _NOTHING and not each.resources:
            found.append(f"{each.change}: changes no resource, so nothing was judged")
    seen = {(kind, name) for each in changes for kind, names in each.in_place.items() for name in names}
    found += [
        f"{kind}.{name}: no plan shows that it is changed in place; correct IN_PLACE in infra/terraform/changes.py"
        for kind, names in IN_PLACE.items()
        for name in sorted(names)
        if (kind, name) not in seen
    ]
    return found


def _stateful_types(found: Configuration) -> set[str]:
    return {
        address.partition(".")[0]
        for address, token in found.types.items()
        if token.rpartition(":")[2] in STATEFUL
    }


def _any_unknown(marks: Any) -> bool:
    """Whether a plan marks a value, or any inside it, as not known yet."""
    if isinstance(marks, dict):
        return any(map(_any_unknown, marks.values()))
    return any(map(_any_unknown, marks)) if isinstance(marks, list) else bool(marks)


def _paths(resource: Mapping[str, Any]) -> list[str]:
    paths = resource["change"].get("replace_paths") or [[resource.get("action_reason", "unknown")]]
    return sorted(".".join(map(str, path)) for path in paths)


def _changed(change: Mapping[str, Any]) -> set[str]:
    before, after, unknown = change["before"], change["after"], change["after_unknown"]
    return {
        key
        for key in before.keys() | after.keys()
        if before.get(key) != after.get(key) and not _any_unknown(unknown.get(key))
    }
