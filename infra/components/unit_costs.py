"""What a million of something costs: metered units times their prices, over how many there were, as metric math.

Nothing here knows AWS's prices: they are given. The arithmetic is that of the bill without what an account has free,
its tiers and its discounts, and it can be read in the alarm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from infra.components.watches import Metric

HOUR_SECONDS = 3600
DAY_SECONDS = 86_400
"""An alarm looks at a whole day: at night the same caches serve fewer lookups, which is no fault."""

_MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Meter:
    """Something that is paid for by use.

    Attributes:
        name: Lower snake case; the metric's name in the expression.
        metric: What is counted.
        usd: For one of the metric's units. Of an average: for one of them during an hour.
    """

    name: str
    metric: Metric
    usd: float


@dataclass(frozen=True, kw_only=True)
class UnitCost:
    """Cost of a million of something.

    Attributes:
        role: Last part of the alarm's name.
        what: One line for whoever is told.
        meters: What is paid for by use.
        hourly_usd: What is paid for by the hour, used or not.
        per: Counts that of which a million is meant.
        threshold_usd: An alarm rises above it; 0: it is shown only.
    """

    role: str
    what: str
    meters: Sequence[Meter]
    hourly_usd: float
    per: Metric
    threshold_usd: float


def spent(cost: UnitCost, period_s: int) -> str:
    """Expression of the US dollars that a period cost.

    >>> reads = Metric("AWS/DynamoDB", "ConsumedReadCapacityUnits", {"TableName": "t"}, "Sum")
    >>> calls = Metric("AWS/Lambda", "Invocations", {"FunctionName": "f"}, "Sum")
    >>> one = UnitCost(role="r", what="w", meters=[Meter(name="reads", metric=reads, usd=1.25e-07)], hourly_usd=0.5,
    ...     per=calls, threshold_usd=0)
    >>> spent(one, 86_400)
    '12 + 0.000000125 * FILL(reads, 0)'
    """
    hours = period_s / HOUR_SECONDS
    parts = [_number(cost.hourly_usd * hours)]
    for meter in cost.meters:
        usd = meter.usd * hours if meter.metric.statistic == "Average" else meter.usd
        # What is not used sends no metric, and a sum with something missing is missing.
        parts.append(f"{_number(usd)} * FILL({meter.name}, 0)")
    return " + ".join(parts)


def per_million(cost: UnitCost, period_s: int) -> str:
    """Expression of the US dollars per million. Where there was none, there is no value."""
    return f"{_MILLION} * ({spent(cost, period_s)}) / {_count(cost)}"


def queries(cost: UnitCost, period_s: int) -> list[dict[str, Any]]:
    """What an alarm asks for: the expression, and the metrics in it."""
    expression = {
        "id": "per_million",
        "expression": per_million(cost, period_s),
        "label": cost.what,
        "return_data": True,
    }
    asked = [
        {
            "id": name,
            "metric": {
                "namespace": metric.namespace,
                "metric_name": metric.name,
                "dimensions": metric.dimensions,
                "stat": metric.statistic,
                "period": period_s,
            },
        }
        for name, metric in _metrics(cost).items()
    ]
    return [expression, *asked]


def graph(costs: Sequence[UnitCost], region: str) -> list[dict[str, Any]]:
    """Properties of a dashboard's widgets: for each cost, a million's and the hour's, with what the latter is made of."""
    return [
        properties
        for cost in costs
        for properties in (_per_million_widget(cost, region), _hourly_widget(cost, region))
    ]


def _per_million_widget(cost: UnitCost, region: str) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "title": cost.what,
        "region": region,
        "period": HOUR_SECONDS,
        "metrics": [
            [
                {
                    "expression": per_million(cost, HOUR_SECONDS),
                    "label": "USD per million",
                    "id": "per_million",
                }
            ],
            *_hidden(cost),
        ],
    }
    if cost.threshold_usd:
        alarm = {"label": "alarm above, over a day", "value": cost.threshold_usd}
        shown["annotations"] = {"horizontal": [alarm]}
    return shown


def _hourly_widget(cost: UnitCost, region: str) -> dict[str, Any]:
    parts = [
        {
            "expression": f"{_number(meter.usd)} * FILL({meter.name}, 0)",
            "label": meter.name,
            "id": f"usd_{meter.name}",
        }
        for meter in cost.meters
    ]
    # A constant alone is no time series.
    always = {
        "expression": f"0 * FILL({_count(cost)}, 0) + {_number(cost.hourly_usd)}",
        "label": "by the hour",
        "id": "usd_hourly",
    }
    return {
        "title": f"{cost.what}: what an hour is made of (USD)",
        "region": region,
        "period": HOUR_SECONDS,
        "stacked": True,
        "view": "timeSeries",
        "metrics": [*([part] for part in (*parts, always)), *_hidden(cost)],
    }


def _hidden(cost: UnitCost) -> list[list[Any]]:
    return [
        [
            *(metric.namespace, metric.name),
            *(part for pair in metric.dimensions.items() for part in pair),
            {"id": name, "stat": metric.statistic, "visible": False},
        ]
        for name, metric in _metrics(cost).items()
    ]


def _metrics(cost: UnitCost) -> dict[str, Metric]:
    """Metrics by their names in expressions. Each metric that an alarm looks at is paid for, so none is there twice."""
    return {meter.name: meter.metric for meter in cost.meters} | {_count(cost): cost.per}


def _count(cost: UnitCost) -> str:
    return next((meter.name for meter in cost.meters if meter.metric == cost.per), "count")


def _number(value: float) -> str:
    """A number as metric math takes it: never in powers of ten."""
    text = f"{value:.15f}".rstrip("0").rstrip(".")
    return text or "0"
