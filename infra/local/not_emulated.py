"""Resource types that the emulator does not offer. They are recorded and listed, never passed over."""

_NO_SCALING = "the emulator has no Application Auto Scaling"

NOT_EMULATED: dict[str, str] = {
    "aws:appautoscaling/target:Target": _NO_SCALING,
    "aws:appautoscaling/policy:Policy": _NO_SCALING,
}
