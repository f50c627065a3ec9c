"""Backups of the bucket: whatever lies in it, with old versions, in both vaults."""

from decimal import Decimal

import pytest

from tests import costs


def test_a_backup_has_what_the_bucket_has_and_old_versions_for_longer() -> None:
    found = costs.estimate_with(costs.graph_of("prod"), costs.usage_of("prod").at("middle"))
    here = {
        line.name: line.quantity
        for line in found.lines
        if line.component == "offline" and line.price == "s3.storage"
    }
    for region, days in (("us-east-1", 14), ("us-east-2", 35)):
        kept = {
            line.name.removeprefix("backups of the bucket: "): line.quantity
            for line in found.lines
            if line.price == "backup.s3" and line.region == region
        }
        assert set(kept) == set(here)
        for name, quantity in kept.items():
            # An old version is in the bucket for 30 days, and then in backups until the last that has it goes.
            longer = Decimal(30 + days) / 30 if name.endswith("old versions") else Decimal(1)
            assert quantity == pytest.approx(here[name] * longer), name


def test_what_is_new_is_sent_to_the_third_region_once() -> None:
    found = costs.estimate_with(costs.graph_of("prod"), costs.usage_of("prod").at("middle"))
    sent = {
        line.name.removeprefix("backups of the bucket copied to us-east-2: "): line
        for line in found.lines
        if line.name.startswith("backups of the bucket copied")
    }
    # 14 sets of 12.5 GB.
    assert sent["training sets"].quantity == pytest.approx(Decimal(175))
    assert sent["compacted, weather"].quantity == sent["event log, weather"].quantity
    assert {line.region for line in sent.values()} == {"us-east-1"}
