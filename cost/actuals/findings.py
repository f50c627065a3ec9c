"""All that is said of a month: what reports are made of."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from cost.actuals.charges import UNTAGGED, Bill
from cost.actuals.comparison import Compared, Share, compare, showback
from cost.actuals.movements import Movement, anomalies, movements
from cost.estimate.lines import Estimate
from cost.prices.tiers import to_cents


class Findings(NamedTuple):
    """A month of an environment.

    Attributes:
        bill: What was charged.
        compared: By component and service, beside the estimate.
        shares: By view.
        before: The month before; None where there is none to compare with.
        unusual: What moved since.
        remarks: What a reader has to know.
    """

    bill: Bill
    compared: Sequence[Compared]
    shares: Sequence[Share]
    before: Bill | None
    unusual: Sequence[Movement]
    remarks: Sequence[str]

    @property
    def actual_usd(self) -> Decimal:
        """The sum of what was charged for use."""
        return sum((row.actual_usd for row in self.compared), Decimal("0.00"))

    @property
    def estimated_usd(self) -> Decimal:
        """The sum of what was estimated for as many days."""
        return sum((row.estimated_usd for row in self.compared), Decimal("0.00"))


def find(
    bill: Bill, before: Bill | None, estimate: Estimate, least_usd: Decimal, least_percent: Decimal
) -> Findings:
    """Compare a bill with the estimate and with the month before.

    Args:
        bill: What was charged.
        before: The month before.
        estimate: Of the environment.
        least_usd: See `movements.anomalies`.
        least_percent: See `movements.anomalies`.
    """
    moved = [] if before is None else movements(before, bill)
    return Findings(
        bill=bill,
        compared=compare(bill, estimate),
        shares=showback(bill, estimate),
        before=before,
        unusual=anomalies(moved, least_usd, least_percent),
        remarks=_remarks(bill, before, estimate),
    )


def _remarks(bill: Bill, before: Bill | None, estimate: Estimate) -> list[str]:
    month = bill.month
    said = [f"Read from {bill.source}, before credits, refunds and taxes."]
    if month.running:
        said.append(
            f"{month} is not over: {month.counted} of {month.days} days are counted, and the estimate for as many; AWS "
            "may still change the last of them."
        )
    if before is None:
        said.append("The month before has nothing with the environment's tag: nothing to compare with.")
    alone = [charge for charge in bill.charges if charge.component == UNTAGGED]
    if alone:
        usd = to_cents(sum((charge.usd for charge in alone), Decimal(0)))
        said.append(
            f"{usd:,} USD of the environment have no component: what AWS knows no tags of, or was there before."
        )
    if bill.account_untagged_usd:
        said.append(
            f"{to_cents(bill.account_untagged_usd):,} USD of use in the account have no tag of an environment; some of it "
            "may be ours."
        )
    said.append(f"Estimate: prices of {estimate.prices}, assumptions of {estimate.usage}.")
    return said
