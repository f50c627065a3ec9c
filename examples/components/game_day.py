"""A game day on the first Tuesday of every month, at nine in the morning."""

from infra.components.game_day import GameDay, GameDayArgs


def declare() -> None:
    """Declare it."""
    GameDay(
        "game-day",
        GameDayArgs(
            name="headwater-lab-game-day",
            environment="lab",
            region="eu-west-1",
            account_id="123456789012",
            template_ids={"replication-stalled": "EXT1a2b3c4d5e6f7"},
            chosen="replication-stalled",
            minutes=10,
            alarms=["headwater-lab-platform"],
            schedule="cron(0 9 ? * TUE#1 *)",
            topic_arn="arn:aws:sns:eu-west-1:123456789012:alarms",
            missed_queue_arn="arn:aws:sqs:eu-west-1:123456789012:failures",
            key_arn="arn:aws:kms:eu-west-1:123456789012:key/lab",
            log_retention_days=30,
        ),
    )
