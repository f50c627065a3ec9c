"""Resource types that the emulator does not offer. They are recorded and listed, never passed over."""

_NO_SCALING = "the emulator has no Application Auto Scaling"
_NO_LAKE = "the emulator has no Lake Formation"
_NO_COSTS = "the emulator has no Cost Explorer"
_ONE_REGION = "the local cloud is one region; what joins two is stood in for by the drill (docs/failover.md)"

_ONE_CLOUD = "the local cloud is one region without names of its own; what health checks and records would do there, nobody asks"
_NO_FAULTS = "the emulator has no Fault Injection Service; the drill breaks things by itself (dr/local)"
_NO_BACKUPS = "a backup in the local cloud would go with it"

NOT_EMULATED: dict[str, str] = {
    "aws:appautoscaling/target:Target": _NO_SCALING,
    "aws:appautoscaling/policy:Policy": _NO_SCALING,
    "aws:acm/certificate:Certificate": _ONE_CLOUD,
    "aws:acm/certificateValidation:CertificateValidation": _ONE_CLOUD,
    "aws:apigatewayv2/apiMapping:ApiMapping": _ONE_CLOUD,
    "aws:apigatewayv2/domainName:DomainName": _ONE_CLOUD,
    "aws:arcregionswitch/plan:Plan": "the emulator has no Region switch",
    "aws:backup/plan:Plan": _NO_BACKUPS,
    "aws:backup/selection:Selection": _NO_BACKUPS,
    "aws:backup/vault:Vault": _NO_BACKUPS,
    "aws:backup/vaultLockConfiguration:VaultLockConfiguration": _NO_BACKUPS,
    "aws:fis/experimentTemplate:ExperimentTemplate": _NO_FAULTS,
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
    "aws:route53/healthCheck:HealthCheck": _ONE_CLOUD,
    "aws:route53/record:Record": _ONE_CLOUD,
    "aws:sagemaker/featureGroup:FeatureGroup": "the emulator has no SageMaker",
}
