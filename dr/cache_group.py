"""A replication group of ElastiCache, as it is asked, deleted and made again as a member of a Global Datastore."""

from typing import Any

from botocore.exceptions import ClientError

from dr.regions import Region

_NOT_FOUND = "ReplicationGroupNotFoundFault"


class CacheGroup:
    """The replication group of one region.

    Args:
        region: The region.
    """

    def __init__(self, region: Region) -> None:
        self.region = region
        self.name = region.outputs.cache_group_name

    def described(self) -> dict[str, Any] | None:
        """What ElastiCache says about it; None: there is none."""
        try:
            [found] = self._client().describe_replication_groups(ReplicationGroupId=self.name)[
                "ReplicationGroups"
            ]
        except ClientError as error:
            if error.response["Error"]["Code"] != _NOT_FOUND:
                raise
            return None
        group: dict[str, Any] = found
        return group

    def settings(self, group: dict[str, Any]) -> dict[str, Any]:
        """What it is made again with. A secondary takes engine, node type, shards and parameters from its primary."""
        client = self._client()
        [node] = client.describe_cache_clusters(CacheClusterId=group["MemberClusters"][0])["CacheClusters"]
        tags = client.list_tags_for_resource(ResourceName=group["ARN"])["TagList"]
        shards = group["NodeGroups"]
        nodes = len(shards[0]["NodeGroupMembers"])
        asked = {
            "ReplicationGroupDescription": group["Description"],
            "AutomaticFailoverEnabled": group["AutomaticFailover"] in {"enabled", "enabling"},
            "MultiAZEnabled": group["MultiAZ"] == "enabled",
            "SecurityGroupIds": [each["SecurityGroupId"] for each in node.get("SecurityGroups", [])],
            "CacheSubnetGroupName": node.get("CacheSubnetGroupName"),
            "PreferredMaintenanceWindow": node["PreferredMaintenanceWindow"],
            "Port": _endpoint(group)["Port"],
            "SnapshotRetentionLimit": group["SnapshotRetentionLimit"],
            "SnapshotWindow": group.get("SnapshotWindow"),
            "AutoMinorVersionUpgrade": group["AutoMinorVersionUpgrade"],
            "KmsKeyId": group.get("KmsKeyId"),
            "UserGroupIds": group.get("UserGroupIds"),
            "LogDeliveryConfigurations": [
                {
                    name: log[name]
                    for name in ("LogType", "DestinationType", "DestinationDetails", "LogFormat")
                }
                for log in group.get("LogDeliveryConfigurations", [])
            ],
            "Tags": [tag for tag in tags if not tag["Key"].startswith("aws:")],
            **(
                {"ReplicasPerNodeGroup": nodes - 1}
                if group["ClusterEnabled"]
                else {"NumCacheClusters": nodes}
            ),
        }
        return {name: value for name, value in asked.items() if value not in (None, [])}

    def delete(self) -> None:
        """Delete it, and what it holds."""
        self._client().delete_replication_group(ReplicationGroupId=self.name)

    def create(self, settings: dict[str, Any], datastore: str) -> None:
        """Make it as a secondary of a Global Datastore; its data comes from there."""
        self._client().create_replication_group(
            **settings, ReplicationGroupId=self.name, GlobalReplicationGroupId=datastore
        )

    def _client(self) -> Any:
        return self.region.steady_client("elasticache")


def address(group: dict[str, Any]) -> str:
    """Host under which functions reach a group."""
    host: str = _endpoint(group)["Address"]
    return host


def _endpoint(group: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = group.get("ConfigurationEndpoint") or group["NodeGroups"][0]["PrimaryEndpoint"]
    return found
