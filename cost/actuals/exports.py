"""A month's findings as JSON and as CSV."""

import csv
import io
import json
from typing import Any

from cost.actuals.charges import Bill
from cost.actuals.findings import Findings
from cost.actuals.movements import Movement
from cost.prices.tiers import to_cents


def as_json(found: Findings) -> str:
    """Everything; amounts are numbers with two decimals, and sum up."""
    bill = found.bill
    return json.dumps(
        {
            "environment": bill.environment,
            "month": str(bill.month),
            "days_counted": bill.month.counted,
            "source": bill.source,
            "actual_usd": float(found.actual_usd),
            "estimated_usd": float(found.estimated_usd),
            "components": [
                {
                    "component": row.component,
                    "service": row.service,
                    "actual_usd": float(row.actual_usd),
                    "estimated_usd": float(row.estimated_usd),
                }
                for row in found.compared
            ],
            "views": [
                {
                    "view": share.view,
                    "actual_usd": float(share.actual_usd),
                    "estimated_usd": float(share.estimated_usd),
                }
                for share in found.shares
            ],
            "apart": _apart(bill),
            "account_untagged_usd": float(to_cents(bill.account_untagged_usd)),
            "compared_with": None if found.before is None else str(found.before.month),
            "anomalies": [_movement(each) for each in found.unusual],
            "remarks": list(found.remarks),
        },
        indent=2,
        ensure_ascii=False,
    )


def as_csv(found: Findings) -> str:
    """What was charged and estimated, by component and service."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(["environment", "month", "component", "service", "actual_usd", "estimated_usd"])
    for row in found.compared:
        where = [found.bill.environment, found.bill.month, row.component, row.service]
        writer.writerow([*where, row.actual_usd, row.estimated_usd])
    return written.getvalue()


def _apart(bill: Bill) -> dict[str, dict[str, float]]:
    return {
        "environment": {kind: float(to_cents(usd)) for kind, usd in sorted(bill.apart.items())},
        "account_without_tag": {
            kind: float(to_cents(usd)) for kind, usd in sorted(bill.account_apart.items())
        },
    }


def _movement(each: Movement) -> dict[str, Any]:
    return {
        "component": each.component,
        "service": each.service,
        "usage_type": each.usage_type,
        "before_usd": float(to_cents(each.before_usd)),
        "after_usd": float(to_cents(each.after_usd)),
        "driver": each.driver.driver.value,
        "parts": [
            {"driver": part.driver.value, "usd": float(to_cents(part.usd)), "arithmetic": part.arithmetic}
            for part in each.parts
        ],
    }
