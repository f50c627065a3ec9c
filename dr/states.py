"""States of regions as a table for the terminal, a row a question."""

from collections.abc import Sequence

from rich.table import Table

from dr.state import State


def table(environment: str, found: Sequence[State]) -> Table:
    """The table.

    Args:
        environment: Name of the environment.
        found: How each region is.
    """
    made = Table("", *[each.region for each in found], title=f"Regions of {environment}")
    made.add_row("pointer", *[_pointer(each) for each in found])
    made.add_row("stores", *[_stores(each) for each in found])
    made.add_row("last event applied", *[_ago(each.last_event_s) for each in found])
    made.add_row("backlog of the stream", *[_seconds(each.backlog_s) for each in found])
    made.add_row("cache", *[each.cache or "?" for each in found])
    made.add_row("table", *[each.table or "?" for each in found])
    made.add_row("replicas elsewhere", *[_pairs(each.replicas) for each in found])
    made.add_row(
        "copies' lag", *[_pairs({to: f"{ms:g} ms" for to, ms in each.lag_ms.items()}) for each in found]
    )
    return made


def _pointer(state: State) -> str:
    if state.pointer_epoch is None:
        return "?"
    return f"epoch {state.pointer_epoch}: {state.pointer_region}{'' if state.pointer_open else ', closed'}"


def _stores(state: State) -> str:
    return _pairs(
        {name: "answers" if answers else "does not answer" for name, answers in state.stores.items()}
    )


def _pairs(found: dict[str, str]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in found.items()) or "none said"


def _ago(seconds: float | None) -> str:
    return "?" if seconds is None else f"{seconds:.1f} s ago"


def _seconds(seconds: float | None) -> str:
    return "?" if seconds is None else f"{seconds:.1f} s"
