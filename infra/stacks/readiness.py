"""For the day on which a region is lost: the third copy, what is watched meanwhile, and what is broken on purpose to practise it."""

from collections.abc import Sequence

import pulumi

from infra.components.backups import BackupRetention, Backups, BackupsArgs
from infra.components.experiment_roles import ExperimentPlaces
from infra.components.experiment_specs import Target
from infra.components.experiments import Experiments, ExperimentsArgs
from infra.components.game_day import RUNBOOK, GameDay, GameDayArgs
from infra.components.keys import Keys, KeysArgs
from infra.components.recovery_dashboard import Copies, RecoverySide
from infra.components.recovery_watch import RecoveryWatch, RecoveryWatchArgs
from infra.components.region_figures import MeasuredRegion, stopped_alarm
from infra.components.switch_plan import SwitchPlan, SwitchPlanArgs, SwitchSide
from infra.stacks import endpoints
from infra.stacks.configuration import PROJECT, EnvironmentConfig
from infra.stacks.figures import region_figures
from infra.stacks.functions import CodeOf
from infra.stacks.recovery import LANDING_RULE
from infra.stacks.region import Region
from infra.stacks.site import Site
from infra.stacks.traffic import Answering, Checks, traffic

_MINUTES = 20
"""How long an experiment lasts: longer than a failover by the runbook, and S3 takes a while to stop."""


def prepare(home: Region, away: Region, code_of: CodeOf) -> None:
    """Declare what two regions have, each part if it is asked for.

    Args:
        home: Where producers write as long as nothing has happened.
        away: The other region.
        code_of: Where a function's zip comes from.
    """
    checks = traffic(
        Answering(home.site, home.functions.lookup.api), Answering(away.site, away.functions.lookup.api)
    )
    watched = _recovery_watch(home, away, checks)
    # Both ways: the region that was gone to leads until producers are back, and may be lost itself.
    of_home = _measured(home, watched.alarm_names)
    of_away = _measured(away, watched.away_alarm_names)
    region_figures(away.site, of_home, code_of, away.watch.topic_arn)
    seen = region_figures(home.site, of_away, code_of, home.watch.topic_arn).alarm_names
    _switch_plan(home, away)
    _experiments(home, away, [*watched.alarm_names, *seen])


def backups(home: Region, endpoint: str | None) -> None:
    """Declare the third copy, if there is a region for it.

    Args:
        home: What is backed up.
        endpoint: Of an emulator; None: AWS.
    """
    site, config, stores = home.site, home.site.config, home.stores
    if not config.recovery_backup_region:
        return
    provider = endpoints.provider(config, config.recovery_backup_region, endpoint)
    key = Keys(
        "backup-keys",
        KeysArgs(
            alias=site.name("backups"),
            account_id=site.account_id,
            region=config.recovery_backup_region,
            # It is to be lost with nothing else.
            multi_region=False,
            protect=config.protect,
        ),
        pulumi.ResourceOptions(provider=provider),
    )
    Backups(
        "backups",
        BackupsArgs(
            name=site.name("backups"),
            region=config.region,
            account_id=site.account_id,
            table_arn=stores.online.arn,
            bucket_arn=None if config.existing_bucket else stores.offline.bucket_arn,
            key_arn=site.key_arn,
            copy_key_arn=key.key_arn,
            copy_provider=provider,
            retention=BackupRetention(),
            topic_arn=home.watch.topic_arn,
            protect=config.protect,
        ),
        site.opts,
    )


def _recovery_watch(home: Region, away: Region, checks: Checks) -> RecoveryWatch:
    return RecoveryWatch(
        "recovery-watch",
        RecoveryWatchArgs(
            prefix=home.site.name("recovery"),
            home=_side(home.site),
            away=_side(away.site),
            copies=Copies(
                home.stores.online.name,
                home.stores.offline.bucket_name,
                away.stores.offline.bucket_name,
                # What a recovery looks for.
                LANDING_RULE,
            ),
            checks=checks,
            runbook=RUNBOOK,
            topic_arn=home.watch.topic_arn,
            away_topic_arn=away.watch.topic_arn,
            away_provider=away.site.provider,
        ),
        home.site.opts,
    )


def _measured(of: Region, recovery_alarms: Sequence[pulumi.Output[str]]) -> MeasuredRegion:
    site = of.site
    return MeasuredRegion(
        region=site.config.region,
        stream_function=site.name("stream"),
        lookup_function=site.name("lookup"),
        event_stream=site.name("events"),
        online_table=site.table_name,
        # Whether the other region copies is its own to say; whether its alarms say that this one is unwell is not asked:
        # two that look at each other would never be well again.
        alarms=[of.watch.platform_alarm_name, *recovery_alarms, stopped_alarm(site.name("figures"))],
    )


def _switch_plan(home: Region, away: Region) -> None:
    config = home.site.config
    if config.recovery_switch_plan:
        SwitchPlan(
            "switch",
            SwitchPlanArgs(
                name=home.site.name("switch"),
                home=_switched(home),
                away=_switched(away),
                approver_arn=config.recovery_switch_plan,
            ),
            home.site.opts,
        )


def _experiments(home: Region, away: Region, recovery_alarms: Sequence[pulumi.Output[str]]) -> None:
    site, config = home.site, home.site.config
    if not config.recovery_experiments:
        return
    made = Experiments(
        "experiments",
        ExperimentsArgs(
            prefix=site.name("fault"),
            places=_places(home, away),
            tags={"project": PROJECT, "environment": config.environment},
            targets=_targets(config),
            zone=f"{config.region}a",
            minutes=_MINUTES,
            stop_alarms={
                "serving": [home.watch.alarm_arns[role] for role in ("lookup-failures", "stream-lag")],
                "loss": [home.watch.alarm_arns["dead-letters"]],
            },
            key_arn=site.key_arn,
            log_retention_days=config.log_retention_days,
        ),
        site.opts,
    )
    if config.recovery_game_day:
        GameDay(
            "game-day",
            GameDayArgs(
                name=site.name("game-day"),
                environment=config.environment,
                region=config.region,
                account_id=site.account_id,
                template_ids=made.template_ids,
                # The most that can be broken here.
                chosen="region-cut" if "region-cut" in made.template_ids else "replication-stalled",
                minutes=_MINUTES,
                alarms=[home.watch.platform_alarm_name, *recovery_alarms],
                schedule=config.recovery_game_day,
                topic_arn=home.watch.topic_arn,
                missed_queue_arn=home.jobs.failure_queue_arn,
                key_arn=site.key_arn,
                log_retention_days=config.log_retention_days,
            ),
            site.opts,
        )


def _targets(config: EnvironmentConfig) -> list[Target]:
    found: list[Target] = ["table", "bucket"]
    if config.network == "vpc":
        # A network of somebody else has more in it than is ours to cut off.
        found.append("subnets")
    if config.cache_kind == "nodes" and config.cache_replicas:
        found.append("cache")
    return found


def _places(home: Region, away: Region) -> ExperimentPlaces:
    site = home.site
    region, account = site.config.region, site.account_id
    subnet = pulumi.Output.concat("arn:aws:ec2:", region, ":", account, ":subnet/")
    group = pulumi.Output.concat("arn:aws:elasticache:", region, ":", account, ":replicationgroup:")
    return ExperimentPlaces(
        region=region,
        account_id=account,
        away_region=away.site.config.region,
        table_arn=home.stores.online.arn,
        bucket_arn=home.stores.offline.bucket_arn,
        subnet_arns=[pulumi.Output.concat(subnet, each) for each in home.network.subnet_ids],
        cache_arn=pulumi.Output.concat(group, site.name("cache")),
    )


def _side(site: Site) -> RecoverySide:
    return RecoverySide(site.config.region, site.name("events"), site.name("stream"), site.name("lookup"))


def _switched(of: Region) -> SwitchSide:
    return SwitchSide(
        of.site.config.region, of.functions.processor.mapping_arn, of.functions.processor.function_arn
    )
