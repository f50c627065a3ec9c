"""What a configuration must be that says who answers, where the third copy is, and what is broken on purpose."""

from typing import TYPE_CHECKING

from infra.stacks.configuration_rules import refuse

if TYPE_CHECKING:
    from infra.stacks.configuration import EnvironmentConfig

_OF_TWO = "nothing as long as recoveryRegion is empty: there is no other region"


def check(config: "EnvironmentConfig") -> None:
    """Check what is for the day on which a region is lost.

    Raises:
        ValueError: Names the key, what was found and what is expected.
    """
    if not config.recovery_region:
        _check_alone(config)
    _check_domain(config)
    _check_backups(config)
    if config.recovery_game_day and not config.recovery_experiments:
        raise refuse(
            "recoveryGameDay",
            config.recovery_game_day,
            "nothing as long as recoveryExperiments is false: there is none to start",
        )


def _check_alone(config: "EnvironmentConfig") -> None:
    of_two = {
        "recoveryDomain": config.recovery_domain,
        "recoverySwitchPlan": config.recovery_switch_plan,
        "recoveryGameDay": config.recovery_game_day,
    }
    for key, value in of_two.items():
        if value:
            raise refuse(key, value, _OF_TWO)
    if config.recovery_experiments:
        raise refuse("recoveryExperiments", config.recovery_experiments, _OF_TWO.replace("nothing", "false"))


def _check_domain(config: "EnvironmentConfig") -> None:
    if bool(config.recovery_domain) != bool(config.recovery_zone_id):
        raise refuse(
            "recoveryZoneId",
            config.recovery_zone_id or "nothing",
            f"the hosted zone of recoveryDomain, which is {config.recovery_domain or 'empty'}, or both empty",
        )
    if config.recovery_domain and not config.lookup_api_per_second:
        raise refuse(
            "recoveryDomain",
            config.recovery_domain,
            "nothing as long as lookupApiPerSecond is 0: a function's URL takes no name of ours, an HTTP API does",
        )


def _check_backups(config: "EnvironmentConfig") -> None:
    others = {config.region, config.recovery_region} - {""}
    if config.recovery_backup_region in others:
        raise refuse(
            "recoveryBackupRegion",
            config.recovery_backup_region,
            f"a region that is none of {', '.join(sorted(others))}: what is lost with them is what it is for",
        )
