"""A name that leads to the first region, and to the second while the first is not well."""

from infra.components.traffic import Traffic, TrafficArgs, TrafficSide


def declare() -> None:
    """Declare it."""
    Traffic(
        "traffic",
        TrafficArgs(
            domain="features.example.com",
            zone_id="Z0123456789",
            routing="failover",
            home=TrafficSide(
                "eu-west-1", "a1b2c3", "d-1.execute-api.eu-west-1.amazonaws.com", "ZLY8HYME6SFDD"
            ),
            away=TrafficSide(
                "eu-central-1", "d4e5f6", "d-2.execute-api.eu-central-1.amazonaws.com", "Z1U9ULNL0V5AJ3"
            ),
            interval_seconds=30,
        ),
    )
