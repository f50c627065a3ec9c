"""ElastiCache: parameter and replication groups. The emulator answers with the address of the local Redis."""

from headwater.errors import LocalCloudError
from infra.local.handlers.registry import Cloud, Created, Inputs, creates, whole


@creates("aws:elasticache/parameterGroup:ParameterGroup")
def create_parameter_group(cloud: Cloud, inputs: Inputs) -> Created:
    """Create a parameter group and set its parameters."""
    client = cloud.client("elasticache")
    name = inputs["name"]
    group = client.create_cache_parameter_group(
        CacheParameterGroupName=name,
        CacheParameterGroupFamily=inputs["family"],
        Description=inputs["description"],
    )["CacheParameterGroup"]
    client.modify_cache_parameter_group(
        CacheParameterGroupName=name,
        ParameterNameValues=[
            {"ParameterName": parameter["name"], "ParameterValue": parameter["value"]}
            for parameter in inputs["parameters"]
        ],
    )
    return Created(name, {"arn": group.get("ARN", "")})


@creates("aws:elasticache/replicationGroup:ReplicationGroup")
def create_replication_group(cloud: Cloud, inputs: Inputs) -> Created:
    """Create a replication group.

    Raises:
        LocalCloudError: It is a cluster.
    """
    if "numNodeGroups" in inputs:
        raise LocalCloudError(
            f"replication group {inputs['replicationGroupId']!r}: found {inputs['numNodeGroups']} shards, but there is "
            "one local Redis; set headwater:cacheShards to 0 in Pulumi.local.yaml"
        )
    group_id = inputs["replicationGroupId"]
    group = cloud.client("elasticache").create_replication_group(
        ReplicationGroupId=group_id,
        ReplicationGroupDescription=inputs["description"],
        Engine=inputs["engine"],
        EngineVersion=inputs["engineVersion"],
        CacheNodeType=inputs["nodeType"],
        CacheParameterGroupName=inputs["parameterGroupName"],
        NumCacheClusters=whole(inputs, "numCacheClusters", 1),
        AutomaticFailoverEnabled=inputs.get("automaticFailoverEnabled", False),
        AtRestEncryptionEnabled=inputs.get("atRestEncryptionEnabled", False),
        TransitEncryptionEnabled=inputs.get("transitEncryptionEnabled", False),
        SnapshotRetentionLimit=whole(inputs, "snapshotRetentionLimit", 0),
        LogDeliveryConfigurations=[
            {
                "LogType": log["logType"],
                "LogFormat": log["logFormat"],
                "DestinationType": log["destinationType"],
                "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": log["destination"]}},
            }
            for log in inputs["logDeliveryConfigurations"]
        ],
    )["ReplicationGroup"]
    endpoint = group["NodeGroups"][0]["PrimaryEndpoint"]
    return Created(
        group_id,
        {
            "arn": group["ARN"],
            "primaryEndpointAddress": endpoint["Address"],
            "readerEndpointAddress": endpoint["Address"],
            "port": endpoint["Port"],
        },
    )
