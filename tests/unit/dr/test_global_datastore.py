"""A Global Datastore when a region is lost, left on purpose, and gone back to."""

from pathlib import Path
from typing import Any

import pytest

from dr.errors import FailoverError
from dr.global_datastore import GlobalDatastore
from dr.journal import Journal
from tests.aws_calls import Answer, AwsCalls, AwsError
from tests.aws_regions import AWAY, HOME, pair
from tests.elasticache import ElastiCache

HOME_CACHE = f"headwater-prod-{HOME}-cache"
OLD = "east-1-headwater-prod-cache"
NEW = "west-2-headwater-prod-cache"


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


class _World:
    """Both caches in one datastore of which home is the primary."""

    def __init__(self) -> None:
        self.elasticache = ElastiCache({HOME: HOME_CACHE, AWAY: f"headwater-prod-{AWAY}-cache"})
        self.elasticache.join(OLD, HOME, AWAY)
        self.calls = AwsCalls(self.elasticache.answers())
        self.caches = GlobalDatastore(*pair(self.calls), poll_s=0)

    def changes(self) -> list[str]:
        """Calls that changed something, in their order."""
        return [
            call.operation.partition(":")[2]
            for call in self.calls.made
            if not call.operation.partition(":")[2].startswith(("Describe", "List"))
        ]


@pytest.fixture
def world() -> _World:
    return _World()


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.jsonl", "one-back")


def test_a_secondary_leaves_the_datastore_when_its_primary_is_lost(world: _World) -> None:
    assert world.caches.promote() == {"was a replica": True, "left": OLD}
    assert world.elasticache.role(AWAY) == ""
    assert world.changes() == ["DisassociateGlobalReplicationGroup"]


def test_nothing_is_asked_of_the_lost_region_to_promote_the_other(world: _World) -> None:
    world.caches.promote()
    assert {call.region for call in world.calls.made} == {AWAY}


def test_a_cache_that_stands_alone_is_left_alone(world: _World) -> None:
    world.caches.promote()
    world.calls.made.clear()
    assert world.caches.promote()["was a replica"] is False
    assert world.changes() == []


def test_an_operator_that_goes_on_while_the_secondary_leaves_waits_for_it(world: _World) -> None:
    away = pair(world.calls)[1]
    away.steady_client("elasticache").disassociate_global_replication_group(
        GlobalReplicationGroupId=OLD,
        ReplicationGroupId=away.outputs.cache_group_name,
        ReplicationGroupRegion=AWAY,
    )
    world.caches.promote()
    assert world.elasticache.role(AWAY) == ""


def test_a_throttled_call_is_made_again(world: _World) -> None:
    world.calls.answers["elasticache:DisassociateGlobalReplicationGroup"] = _throttled_once(
        world.elasticache.answers()["elasticache:DisassociateGlobalReplicationGroup"]
    )
    world.caches.promote()
    tries = [call for call in world.calls.sent if "Disassociate" in call.operation]
    assert (len(tries), world.elasticache.role(AWAY)) == (2, "")


def _throttled_once(answer: Answer) -> Answer:
    tries: list[int] = []

    def throttled(region: str, asked: dict[str, Any]) -> Any:
        tries.append(1)
        if len(tries) == 1:
            raise AwsError("Throttling")
        return answer(region, asked)

    return throttled


def test_a_call_that_is_not_permitted_says_which(world: _World) -> None:
    def refused(_region: str, _asked: dict[str, Any]) -> Any:
        raise AwsError("AccessDenied", 403)

    world.calls.answers["elasticache:DisassociateGlobalReplicationGroup"] = refused
    with pytest.raises(Exception, match=r"AccessDenied.*DisassociateGlobalReplicationGroup"):
        world.caches.promote()


def test_a_planned_switch_makes_the_other_member_the_primary(world: _World) -> None:
    world.caches.swap()
    assert (world.elasticache.role(AWAY), world.elasticache.role(HOME)) == ("PRIMARY", "SECONDARY")
    assert world.changes() == ["FailoverGlobalReplicationGroup"]


def test_a_switch_that_was_made_already_calls_nothing(world: _World) -> None:
    world.caches.swap()
    world.calls.made.clear()
    world.caches.swap()
    assert world.changes() == []


def test_a_datastore_that_is_being_changed_is_not_switched(world: _World) -> None:
    world.elasticache.datastores[OLD]["Status"] = "modifying"
    with pytest.raises(FailoverError, match=f"Global Datastore '{OLD}': found modifying, expected available"):
        world.caches.swap()


def test_a_switch_to_a_cache_outside_of_a_datastore_is_refused(world: _World) -> None:
    world.caches.promote()
    with pytest.raises(FailoverError, match="found outside of any Global Datastore, expected a secondary"):
        world.caches.swap()


def test_the_way_back_deletes_no_cache_that_nobody_has_named(world: _World, journal: Journal) -> None:
    world.caches.promote()
    world.calls.made.clear()
    with pytest.raises(FailoverError, match=f"deleted with all its nodes.*--delete-cache {HOME_CACHE}"):
        world.caches.rejoin(journal, "")
    assert world.changes() == []


def test_the_way_back_makes_the_old_primary_anew_as_a_copy_of_the_new_one(
    world: _World, journal: Journal
) -> None:
    world.caches.promote()
    world.calls.made.clear()
    assert world.caches.rejoin(journal, HOME_CACHE) == {"datastore": NEW}
    assert (world.elasticache.role(AWAY), world.elasticache.role(HOME)) == ("PRIMARY", "SECONDARY")
    assert world.changes() == [
        "DeleteGlobalReplicationGroup",
        "DeleteReplicationGroup",
        "CreateGlobalReplicationGroup",
        "CreateReplicationGroup",
    ]


def test_a_cache_that_is_made_anew_has_the_settings_that_it_had(world: _World, journal: Journal) -> None:
    world.caches.promote()
    world.caches.rejoin(journal, HOME_CACHE)
    [made] = world.elasticache.created
    assert made == {
        "ReplicationGroupId": HOME_CACHE,
        "ReplicationGroupDescription": "Headwater online store",
        "GlobalReplicationGroupId": NEW,
        "AutomaticFailoverEnabled": True,
        "MultiAZEnabled": True,
        "ReplicasPerNodeGroup": 1,
        "CacheSubnetGroupName": "subnets",
        "SecurityGroupIds": ["sg-1"],
        "PreferredMaintenanceWindow": "sun:03:00-sun:04:00",
        "Port": 6379,
        "SnapshotRetentionLimit": 1,
        "SnapshotWindow": "05:00-06:00",
        "AutoMinorVersionUpgrade": True,
        "KmsKeyId": f"arn:aws:kms:{HOME}:123456789012:key/mrk-1",
        "UserGroupIds": ["people"],
        "LogDeliveryConfigurations": [
            {
                "LogType": "slow-log",
                "DestinationType": "cloudwatch-logs",
                "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": "/slow"}},
                "LogFormat": "json",
            }
        ],
        "Tags": [{"Key": "team", "Value": "data"}],
    }


@pytest.mark.parametrize(
    "killed_in",
    [
        "DeleteGlobalReplicationGroup",
        "DeleteReplicationGroup",
        "CreateGlobalReplicationGroup",
        "CreateReplicationGroup",
    ],
)
def test_a_way_back_that_was_killed_after_any_call_goes_on_there(
    world: _World, journal: Journal, killed_in: str
) -> None:
    world.caches.promote()
    answer = world.calls.answers[f"elasticache:{killed_in}"]

    def killed(region: str, asked: dict[str, Any]) -> Any:
        answer(region, asked)
        raise KeyboardInterrupt

    world.calls.answers[f"elasticache:{killed_in}"] = killed
    with pytest.raises(KeyboardInterrupt):
        world.caches.rejoin(journal, HOME_CACHE)
    world.calls.answers[f"elasticache:{killed_in}"] = answer
    world.calls.made.clear()
    world.caches.rejoin(journal, HOME_CACHE)
    assert killed_in not in world.changes()
    assert (world.elasticache.role(AWAY), world.elasticache.role(HOME)) == ("PRIMARY", "SECONDARY")


def test_a_way_back_that_was_gone_already_calls_nothing(world: _World, journal: Journal) -> None:
    world.caches.promote()
    world.caches.rejoin(journal, HOME_CACHE)
    world.calls.made.clear()
    world.caches.rejoin(journal, "")
    assert world.changes() == []


def test_a_cache_whose_address_has_changed_is_told(
    world: _World, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.caches.promote()
    monkeypatch.setattr("tests.elasticache.host", lambda _region: "elsewhere.invalid")
    with pytest.raises(
        FailoverError, match=r"found at elsewhere\.invalid, expected where its functions look"
    ):
        world.caches.rejoin(journal, HOME_CACHE)


def test_after_the_way_back_a_planned_switch_goes_home(world: _World, journal: Journal) -> None:
    world.caches.promote()
    world.caches.rejoin(journal, HOME_CACHE)
    home, away = pair(world.calls)
    GlobalDatastore(away, home, poll_s=0).swap()
    assert world.elasticache.role(HOME) == "PRIMARY"
