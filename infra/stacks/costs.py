"""What keeps an environment's costs in sight, as its configuration asks for it."""

from collections.abc import Collection

from headwater.errors import SettingsError
from infra.components.cost_controls import CostControls, CostControlsArgs
from infra.stacks import metered
from infra.stacks.component_tags import TAG
from infra.stacks.configuration import PROJECT
from infra.stacks.site import Site

_TAGS = ("project", "environment", "owner", TAG)
_VIEW_TAG = "view"


def cost_controls(site: Site, components: Collection[str]) -> CostControls | None:
    """Declare what watches costs, if anything is to.

    Args:
        site: The first region.
        components: Those that there are, by their tags; all else has to be declared before.

    Raises:
        SettingsError: A budget is of no component, or a price is not known.
    """
    config = site.config
    budgets = _budgets(site, components)
    units = config.cost_per_million_lookups_usd or config.cost_per_million_events_usd
    if not (config.cost_monthly_usd or budgets or config.cost_anomaly_usd or units or config.cost_tags):
        return None
    # A tag can be activated when something has it.
    tags = [*_TAGS, *([_VIEW_TAG] if config.sagemaker_views else [])] if config.cost_tags else []
    return CostControls(
        "costs",
        CostControlsArgs(
            prefix=site.name("costs"),
            environment=config.environment,
            region=config.region,
            account_id=site.account_id,
            monthly_usd=config.cost_monthly_usd,
            components_usd=budgets,
            anomaly_usd=config.cost_anomaly_usd,
            units=[metered.lookups(site), metered.events(site)] if units else [],
            active_tags=tags,
            key_arn=site.key_arn,
        ),
        site.opts,
    )


def _budgets(site: Site, components: Collection[str]) -> dict[str, float]:
    environment = site.config.environment
    found = {}
    for pair in site.config.cost_components_usd.split():
        component, _, usd = pair.partition("=")
        if component not in components:
            raise SettingsError(
                f"configuration of {environment}: {PROJECT}:costComponentsUsd: found {component!r}, expected some of "
                f"{', '.join(sorted(components))}; correct Pulumi.{environment}.yaml"
            )
        found[component] = float(usd)
    return found
