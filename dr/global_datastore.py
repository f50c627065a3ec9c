"""Caches of two regions that are members of one ElastiCache Global Datastore.

AWS never fails one over by itself. Planned, the other member is made the primary. Unplanned, the primary's region is
asked nothing: the secondary leaves the datastore and is a cache of its own. It cannot come back in as a primary, and a
cache that exists cannot come in as a secondary: on the way back a new datastore is made of the cache that was written
meanwhile, and the other is deleted and made again as its secondary. What that one held, the primary and the table have.
"""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from dr import cache_group
from dr.cache_group import CacheGroup
from dr.errors import FailoverError
from dr.journal import Journal
from dr.regions import Region
from dr.waiting import wait
from headwater import names
from headwater.online.redis_address import parse

_PROMOTE_S = 600.0
_BUILD_S = 2 * 3600.0
_POLL_S = 5.0
_STATE = "InvalidGlobalReplicationGroupState"


class GlobalDatastore:
    """See `caches.Caches`.

    Args:
        left: The region that is lost, or left.
        taken: The region that goes on.
        poll_s: Between two looks at what changes.
    """

    replicate = True

    def __init__(self, left: Region, taken: Region, poll_s: float = _POLL_S) -> None:
        self._left = CacheGroup(left)
        self._taken = CacheGroup(taken)
        self._poll_s = poll_s

    def promote(self) -> dict[str, Any]:
        """See `caches.Caches.promote`."""
        taken = self._standing(self._taken)
        datastore, role = member(taken)
        if role == "PRIMARY":
            return {"was a replica": False, "datastore": datastore}
        if datastore:
            self._disassociate(datastore)
        self._wait(f"{self._said(self._taken)} standing alone", self._stands_alone, _PROMOTE_S)
        return {"was a replica": bool(datastore), "left": datastore}

    def swap(self) -> dict[str, Any]:
        """See `caches.Caches.swap`."""
        datastore, role = member(self._standing(self._taken))
        if role == "PRIMARY":
            return {"was a replica": False, "datastore": datastore}
        if not datastore:
            raise FailoverError(
                f"{self._said(self._taken)}: found outside of any Global Datastore, expected a secondary of that of "
                f"{self._left.region.name}; run the plan failback, whose step 'rejoin cache' makes one"
            )
        found = self._datastore(datastore)
        if found["Status"] != "available":
            raise FailoverError(
                f"Global Datastore {datastore!r}: found {found['Status']}, expected available; wait until it is, then go on"
            )
        self._taken.region.steady_client("elasticache").failover_global_replication_group(
            GlobalReplicationGroupId=datastore,
            PrimaryRegion=self._taken.region.name,
            PrimaryReplicationGroupId=self._taken.name,
        )
        self._wait(
            f"{self._said(self._taken)} as the primary of {datastore}",
            lambda: self._is_in_step(datastore, {self._taken: "PRIMARY", self._left: "SECONDARY"}),
            _PROMOTE_S,
        )
        return {"was a replica": True, "datastore": datastore}

    def rejoin(self, journal: Journal, deleting: str) -> dict[str, Any]:
        """See `caches.Caches.rejoin`."""
        datastore, role = member(self._standing(self._taken))
        if role == "SECONDARY":
            raise FailoverError(
                f"{self._said(self._taken)}: found as a secondary of Global Datastore {datastore!r}, expected its primary; "
                "run the plan failover or switch to this region first"
            )
        lost = self._left.described()
        if lost is None or not datastore or member(lost)[0] != datastore:
            if lost is not None:
                self._take_apart(lost, journal, deleting)
            datastore = datastore or self._new_datastore()
            self._wait(
                f"Global Datastore {datastore}",
                lambda: self._datastore(datastore)["Status"] in {"available", "primary-only"},
                _BUILD_S,
            )
            self._left.create(self._settings(journal), datastore)
        return self._joined(datastore)

    def _disassociate(self, datastore: str) -> None:
        try:
            self._taken.region.steady_client("elasticache").disassociate_global_replication_group(
                GlobalReplicationGroupId=datastore,
                ReplicationGroupId=self._taken.name,
                ReplicationGroupRegion=self._taken.region.name,
            )
        except ClientError as error:
            # An earlier run may have asked already; whether it did is seen by what comes of it.
            if not _is_state(error) or self._datastore(datastore)["Status"] == "available":
                raise

    def _take_apart(self, lost: dict[str, Any], journal: Journal, deleting: str) -> None:
        """Dissolve the datastore that the lost region's cache is the primary of, and delete that cache."""
        self._check_deleting(deleting)
        if journal.decided("cache_group") is None:
            journal.add("", "decided", cache_group=self._left.settings(lost))
        old, role = member(lost)
        if old:
            if role != "PRIMARY":
                raise FailoverError(
                    f"{self._said(self._left)}: found as {role} of Global Datastore {old!r}, expected its primary or none; "
                    "remove it from that datastore, then go on"
                )
            client = self._left.region.steady_client("elasticache")
            if described(client, old)["Status"] != "deleting":
                client.delete_global_replication_group(
                    GlobalReplicationGroupId=old, RetainPrimaryReplicationGroup=True
                )
            self._wait(f"Global Datastore {old} being deleted", self._left_stands_alone, _BUILD_S)
        if (self._left.described() or {}).get("Status") != "deleting":
            self._left.delete()
        self._wait(
            f"{self._said(self._left)} being deleted", lambda: self._left.described() is None, _BUILD_S
        )

    def _new_datastore(self) -> str:
        client = self._taken.region.steady_client("elasticache")
        made = client.create_global_replication_group(
            GlobalReplicationGroupIdSuffix=names.datastore(self._taken.region.outputs.environment),
            GlobalReplicationGroupDescription="Headwater online store",
            PrimaryReplicationGroupId=self._taken.name,
        )["GlobalReplicationGroup"]
        datastore: str = made["GlobalReplicationGroupId"]
        return datastore

    def _joined(self, datastore: str) -> dict[str, Any]:
        """Wait until the lost region's cache has all that the primary has."""
        self._wait(
            f"{self._said(self._left)} as a secondary of {datastore}",
            lambda: self._is_in_step(datastore, {self._taken: "PRIMARY", self._left: "SECONDARY"}),
            _BUILD_S,
        )
        host = cache_group.address(self._standing(self._left))
        known = parse(self._left.region.outputs.redis_url).url
        if host not in known:
            raise FailoverError(
                f"{self._said(self._left)}: found at {host}, expected where its functions look for it; deploy "
                f"{self._left.region.name}, save its outputs, then go on"
            )
        return {"datastore": datastore}

    def _settings(self, journal: Journal) -> dict[str, Any]:
        kept: dict[str, Any] | None = journal.decided("cache_group")
        if kept is None:
            raise FailoverError(
                f"{self._said(self._left)}: found none, expected the one that the program made; deploy "
                f"{self._left.region.name}, then go on"
            )
        return kept

    def _check_deleting(self, deleting: str) -> None:
        if deleting != self._left.name:
            raise FailoverError(
                f"{self._said(self._left)}: found a cache of its own, expected a secondary of that of "
                f"{self._taken.region.name}, which AWS only makes anew: its Global Datastore is dissolved, the cache is deleted "
                "with all its nodes and what they hold, and made again with the same settings as a copy of the primary; "
                f"go on with --delete-cache {self._left.name}"
            )

    def _is_in_step(self, datastore: str, roles: dict[CacheGroup, str]) -> bool:
        found = self._datastore(datastore)
        members = {each["ReplicationGroupRegion"]: each for each in found["Members"]}
        return found["Status"] == "available" and all(
            (each := members.get(group.region.name, {})).get("Role", "").upper() == role
            and each.get("Status") == "associated"
            for group, role in roles.items()
        )

    def _datastore(self, datastore: str) -> dict[str, Any]:
        return described(self._taken.region.steady_client("elasticache"), datastore)

    def _stands_alone(self) -> bool:
        return _is_alone(self._taken.described())

    def _left_stands_alone(self) -> bool:
        return _is_alone(self._left.described())

    def _standing(self, group: CacheGroup) -> dict[str, Any]:
        found = group.described()
        if found is None:
            raise FailoverError(
                f"{self._said(group)}: found none, expected the one of its outputs; deploy {group.region.name}, save its "
                "outputs, then go on"
            )
        return found

    def _wait(self, what: str, done: Callable[[], bool], patience_s: float) -> None:
        wait(what, done, patience_s, self._poll_s)

    def _said(self, group: CacheGroup) -> str:
        return f"cache {group.name!r} of {group.region.name}"


def described(client: Any, datastore: str) -> dict[str, Any]:
    """What ElastiCache says about a Global Datastore and its members."""
    [found] = client.describe_global_replication_groups(
        GlobalReplicationGroupId=datastore, ShowMemberInfo=True
    )["GlobalReplicationGroups"]
    group: dict[str, Any] = found
    return group


def member(group: dict[str, Any]) -> tuple[str, str]:
    """Global Datastore that a replication group is in, and its role there; both empty: none."""
    info = group.get("GlobalReplicationGroupInfo") or {}
    return info.get("GlobalReplicationGroupId", ""), info.get("GlobalReplicationGroupMemberRole", "").upper()


def _is_alone(group: dict[str, Any] | None) -> bool:
    return group is not None and not member(group)[0] and group["Status"] == "available"


def _is_state(error: ClientError) -> bool:
    return bool(error.response["Error"]["Code"].startswith(_STATE))
