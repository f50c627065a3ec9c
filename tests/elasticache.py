"""ElastiCache's control plane with Global Datastores, as AWS documents it.

It refuses what AWS refuses in a state, and nothing that is asked for is so at once. No emulator has it; where this is
wrong about AWS, so is what is tested with it.
"""

from collections.abc import Callable
from typing import Any

from tests.aws_calls import Answer, AwsError

_POLLS = 2
"""Descriptions until something that was asked for is so."""


class ElastiCache:
    """Replication groups, one a region, and what joins them.

    Args:
        groups: Name of the group, by region.
    """

    def __init__(self, groups: dict[str, str]) -> None:
        self.groups: dict[str, dict[str, Any]] = {
            region: {"ReplicationGroupId": name, "Status": "available"} for region, name in groups.items()
        }
        self.datastores: dict[str, dict[str, Any]] = {}
        self.created: list[dict[str, Any]] = []
        self._later: list[tuple[int, Callable[[], object]]] = []

    def join(self, datastore: str, primary: str, secondary: str) -> None:
        """Let the groups of two regions be members of a Global Datastore."""
        self.datastores[datastore] = {
            "Status": "available",
            "members": {primary: "PRIMARY", secondary: "SECONDARY"},
        }

    def role(self, region: str) -> str:
        """Role of a region's group; empty: it is in no datastore."""
        return self._of(region)[1]

    def answers(self) -> dict[str, Answer]:
        """Functions for `AwsCalls`."""
        asked: dict[str, Answer] = {
            "DescribeReplicationGroups": self._describe_group,
            "DescribeCacheClusters": self._describe_nodes,
            "ListTagsForResource": lambda _region, _asked: {"TagList": [{"Key": "team", "Value": "data"}]},
            "DescribeGlobalReplicationGroups": self._describe_datastore,
            "DisassociateGlobalReplicationGroup": self._disassociate,
            "FailoverGlobalReplicationGroup": self._fail_over,
            "CreateGlobalReplicationGroup": self._create_datastore,
            "DeleteGlobalReplicationGroup": self._delete_datastore,
            "CreateReplicationGroup": self._create_group,
            "DeleteReplicationGroup": self._delete_group,
        }
        return {f"elasticache:{operation}": answer for operation, answer in asked.items()}

    def _of(self, region: str) -> tuple[str, str]:
        for name, datastore in self.datastores.items():
            if region in datastore["members"]:
                return name, datastore["members"][region]
        return "", ""

    def _tick(self) -> None:
        self._later = [(polls - 1, effect) for polls, effect in self._later]
        for _, effect in [each for each in self._later if each[0] <= 0]:
            effect()
        self._later = [each for each in self._later if each[0] > 0]

    def _soon(self, effect: Callable[[], object]) -> None:
        self._later.append((_POLLS, effect))

    def _group(self, region: str, name: str) -> dict[str, Any]:
        group = self.groups.get(region)
        if group is None or group["ReplicationGroupId"] != name:
            raise AwsError("ReplicationGroupNotFoundFault", 404)
        return group

    def _datastore(self, name: str, *states: str) -> dict[str, Any]:
        if name not in self.datastores:
            raise AwsError("GlobalReplicationGroupNotFoundFault", 404)
        datastore = self.datastores[name]
        if states and datastore["Status"] not in states:
            raise AwsError("InvalidGlobalReplicationGroupState")
        return datastore

    def _describe_group(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        self._tick()
        group = self._group(region, asked["ReplicationGroupId"])
        datastore, role = self._of(region)
        info = {"GlobalReplicationGroupId": datastore, "GlobalReplicationGroupMemberRole": role}
        return {
            "ReplicationGroups": [
                {
                    **group,
                    "Description": "Headwater online store",
                    "ARN": f"arn:aws:elasticache:{region}:123456789012:replicationgroup:{group['ReplicationGroupId']}",
                    "MemberClusters": [f"{group['ReplicationGroupId']}-0001-001"],
                    "NodeGroups": [
                        {
                            "NodeGroupId": "0001",
                            "NodeGroupMembers": [{"CacheNodeId": "0001"}, {"CacheNodeId": "0002"}],
                        }
                    ],
                    "ConfigurationEndpoint": {"Address": host(region), "Port": 6379},
                    "AutomaticFailover": "enabled",
                    "MultiAZ": "enabled",
                    "ClusterEnabled": True,
                    "SnapshotRetentionLimit": 1,
                    "SnapshotWindow": "05:00-06:00",
                    "AutoMinorVersionUpgrade": True,
                    "KmsKeyId": f"arn:aws:kms:{region}:123456789012:key/mrk-1",
                    "UserGroupIds": ["people"],
                    "LogDeliveryConfigurations": [
                        {
                            "LogType": "slow-log",
                            "DestinationType": "cloudwatch-logs",
                            "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": "/slow"}},
                            "LogFormat": "json",
                            "Status": "active",
                        }
                    ],
                    **({"GlobalReplicationGroupInfo": info} if datastore else {}),
                }
            ]
        }

    def _describe_nodes(self, _region: str, asked: dict[str, Any]) -> dict[str, Any]:
        return {
            "CacheClusters": [
                {
                    "CacheClusterId": asked["CacheClusterId"],
                    "CacheSubnetGroupName": "subnets",
                    "SecurityGroups": [{"SecurityGroupId": "sg-1", "Status": "active"}],
                    "PreferredMaintenanceWindow": "sun:03:00-sun:04:00",
                }
            ]
        }

    def _describe_datastore(self, _region: str, asked: dict[str, Any]) -> dict[str, Any]:
        self._tick()
        name = asked["GlobalReplicationGroupId"]
        datastore = self._datastore(name)
        return {
            "GlobalReplicationGroups": [
                {
                    "GlobalReplicationGroupId": name,
                    "Status": datastore["Status"],
                    "Members": [
                        {
                            "ReplicationGroupId": self.groups[region]["ReplicationGroupId"],
                            "ReplicationGroupRegion": region,
                            "Role": role,
                            "Status": "associated" if datastore["Status"] == "available" else "associating",
                        }
                        for region, role in datastore["members"].items()
                    ],
                }
            ]
        }

    def _disassociate(self, _region: str, asked: dict[str, Any]) -> dict[str, Any]:
        datastore = self._datastore(asked["GlobalReplicationGroupId"], "available")
        region = asked["ReplicationGroupRegion"]
        if datastore["members"].get(region) != "SECONDARY":
            raise AwsError("InvalidParameterValue")
        datastore["Status"] = "modifying"
        self.groups[region]["Status"] = "modifying"

        def leave() -> None:
            del datastore["members"][region]
            datastore["Status"] = "primary-only"
            self.groups[region]["Status"] = "available"

        self._soon(leave)
        return {}

    def _fail_over(self, _region: str, asked: dict[str, Any]) -> dict[str, Any]:
        datastore = self._datastore(asked["GlobalReplicationGroupId"], "available")
        self._group(asked["PrimaryRegion"], asked["PrimaryReplicationGroupId"])
        datastore["Status"] = "modifying"

        def turn() -> None:
            datastore["members"] = {
                region: "PRIMARY" if region == asked["PrimaryRegion"] else "SECONDARY"
                for region in datastore["members"]
            }
            datastore["Status"] = "available"

        self._soon(turn)
        return {}

    def _create_datastore(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        self._group(region, asked["PrimaryReplicationGroupId"])
        name = f"{region[3:]}-{asked['GlobalReplicationGroupIdSuffix']}"
        if name in self.datastores:
            raise AwsError("GlobalReplicationGroupAlreadyExistsFault")
        if self.role(region):
            raise AwsError("InvalidReplicationGroupState")
        self.datastores[name] = {"Status": "creating", "members": {region: "PRIMARY"}}
        self._soon(lambda: self.datastores[name].update(Status="primary-only"))
        return {"GlobalReplicationGroup": {"GlobalReplicationGroupId": name, "Status": "creating"}}

    def _delete_datastore(self, _region: str, asked: dict[str, Any]) -> dict[str, Any]:
        name = asked["GlobalReplicationGroupId"]
        datastore = self._datastore(name, "primary-only")
        assert asked["RetainPrimaryReplicationGroup"] is True, "the cache would be deleted, too"
        datastore["Status"] = "deleting"
        self._soon(lambda: self.datastores.pop(name))
        return {}

    def _create_group(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        if region in self.groups:
            raise AwsError("ReplicationGroupAlreadyExists")
        datastore = self._datastore(asked["GlobalReplicationGroupId"], "available", "primary-only")
        self.created.append(asked)
        self.groups[region] = {"ReplicationGroupId": asked["ReplicationGroupId"], "Status": "creating"}
        datastore["members"][region] = "SECONDARY"
        datastore["Status"] = "modifying"

        def ready() -> None:
            datastore["Status"] = "available"
            self.groups[region]["Status"] = "available"

        self._soon(ready)
        return {}

    def _delete_group(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        group = self._group(region, asked["ReplicationGroupId"])
        if self.role(region) or group["Status"] != "available":
            raise AwsError("InvalidReplicationGroupState")
        group["Status"] = "deleting"
        self._soon(lambda: self.groups.pop(region))
        return {}


def host(region: str) -> str:
    """Where a region's cache is."""
    return f"clustercfg.online.abc123.{region}.cache.amazonaws.com"
