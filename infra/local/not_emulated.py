"""Resource types that the emulator does not offer. They are recorded and listed, never passed over."""

_NO_SCALING = "the emulator has no Application Auto Scaling"
_NO_LAKE = "the emulator has no Lake Formation"
_NO_COSTS = "the emulator has no Cost Explorer"
_ONE_REGION = "the local cloud is one region; what joins two is stood in for by the drill (docs/failover.md)"

NOT_EMULATED: dict[str, str] = {
    "aws:appautoscaling/target:Target": _NO_SCALING,
    "aws:appautoscaling/policy:Policy": _NO_SCALING,
    "aws:costexplorer/anomalyMonitor:AnomalyMonitor": _NO_COSTS,
    "aws:costexplorer/anomalySubscription:AnomalySubscription": _NO_COSTS,
    "aws:costexplorer/costAllocationTag:CostAllocationTag": _NO_COSTS,
    "aws:lakeformation/dataLakeSettings:DataLakeSettings": _NO_LAKE,
    "aws:lakeformation/resource:Resource": _NO_LAKE,
    "aws:lakeformation/permissions:Permissions": _NO_LAKE,
    "aws:lakeformation/optIn:OptIn": _NO_LAKE,
    "aws:dynamodb/tableReplica:TableReplica": _ONE_REGION,
    "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup": _ONE_REGION,
    "aws:kms/replicaKey:ReplicaKey": _ONE_REGION,
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": _ONE_REGION,
    "aws:sagemaker/featureGroup:FeatureGroup": "the emulator has no SageMaker",
}
