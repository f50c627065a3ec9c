"""An estimate as JSON and as CSV."""

import csv
import io
import json
from typing import Any

from cost.estimate.lines import Estimate, Line

_COLUMNS = (
    *("component", "name", "service", "region", "view", "quantity", "unit", "monthly_usd", "low_usd"),
    *("high_usd", "price", "formula", "inputs", "source", "confidence"),
)


def as_json(found: Estimate) -> str:
    """Total and lines; amounts are numbers with two decimals, and sum up."""
    return json.dumps(
        {"total_monthly_usd": float(found.total_usd), "lines": [_line(line) for line in found.lines]},
        indent=2,
        ensure_ascii=False,
    )


def _line(line: Line) -> dict[str, Any]:
    return {
        "component": line.component,
        "service": line.service,
        "region": line.region,
        "view": line.view,
        "quantity": float(line.quantity),
        "unit": line.unit,
        "monthly_usd": float(line.monthly_usd),
        "formula": line.formula,
        "source": line.source,
    }


def as_csv(found: Estimate) -> str:
    """Every line with all that is known of it."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for line in found.lines:
        inputs = "; ".join(map(str, line.terms))
        values = [inputs if column == "inputs" else getattr(line, column) for column in _COLUMNS]
        writer.writerow(["" if value is None else value for value in values])
    return written.getvalue()
