"""The page an operator looks at: one row of widgets a signal."""

from collections.abc import Iterator, Sequence
from typing import Any

from infra.components.watches import SIGNALS, Watch

PERIOD_SECONDS = 60

_WIDTH, _HEIGHT, _COLUMNS = 8, 6, 3


def dashboard(watches: Sequence[Watch], region: str) -> dict[str, Any]:
    """Body of the dashboard: below a title for each signal, what is watched of it, three beside each other."""
    return {"widgets": list(_widgets(watches, region))}


def _widgets(watches: Sequence[Watch], region: str) -> Iterator[dict[str, Any]]:
    top = 0
    for signal in SIGNALS:
        own = [watch for watch in watches if watch.signal == signal]
        title = {"markdown": f"## {signal.capitalize()}"}
        yield {"type": "text", "x": 0, "y": top, "width": 24, "height": 1, "properties": title}
        top += 1
        for place, watch in enumerate(own):
            row, column = divmod(place, _COLUMNS)
            at = {"x": column * _WIDTH, "y": top + row * _HEIGHT, "width": _WIDTH, "height": _HEIGHT}
            yield {"type": "metric", **at, "properties": _graph(watch, region)}
        top += -(-len(own) // _COLUMNS) * _HEIGHT


def _graph(watch: Watch, region: str) -> dict[str, Any]:
    metrics = [
        [
            *(each.namespace, each.name),
            *(part for pair in each.dimensions.items() for part in pair),
            {"stat": each.statistic},
        ]
        for each in watch.metrics
    ]
    shown = {"title": watch.what, "region": region, "period": PERIOD_SECONDS, "metrics": metrics}
    if watch.threshold is None:
        return shown
    return shown | {"annotations": {"horizontal": [{"label": "alarm above", "value": watch.threshold}]}}
