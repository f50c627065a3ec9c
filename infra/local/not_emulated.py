"""Resource types that the emulator does not offer. They are recorded and listed, never passed over."""

_NO_SCALING = "the emulator has no Application Auto Scaling"
_NO_LAKE = "the emulator has no Lake Formation"
_NO_COSTS = "the emulator has no Cost Explorer"

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
    "aws:sagemaker/featureGroup:FeatureGroup": "the emulator has no SageMaker",
}
