"""Who answers: a name of the lookup API, and which of two regions it leads to."""

from typing import NamedTuple

import pulumi

from infra.components.api_domain import ApiDomain, ApiDomainArgs
from infra.components.lookup_api import LookupApi
from infra.components.traffic import Traffic, TrafficArgs, TrafficSide
from infra.stacks.configuration import EnvironmentConfig
from infra.stacks.site import Site

Checks = dict[str, pulumi.Output[str]]


class Answering(NamedTuple):
    """A region that answers lookups, and its HTTP API; None: it has none."""

    site: Site
    api: LookupApi | None


def traffic(home: Answering, away: Answering) -> Checks:
    """Declare the name in both regions, if there is one, and the records that lead to them.

    Args:
        home: Where producers write as long as nothing has happened.
        away: The other region.

    Returns:
        Health checks, by what they look at; none: there is no name.
    """
    config = home.site.config
    # The rules of the configuration leave no name without APIs.
    if not config.recovery_domain or home.api is None or away.api is None:
        return {}
    at_home = _domain("home-domain", config, home.site, home.api, None)
    elsewhere = _domain("away-domain", config, away.site, away.api, at_home.proof)
    return Traffic(
        "traffic",
        TrafficArgs(
            domain=config.recovery_domain,
            zone_id=config.recovery_zone_id,
            routing="latency" if config.recovery_mode == "active-active" else "failover",
            home=_side(home.site, home.api, at_home),
            away=_side(away.site, away.api, elsewhere),
        ),
        home.site.opts,
    ).check_ids


def _domain(
    name: str, config: EnvironmentConfig, site: Site, api: LookupApi, proof: pulumi.Output[str] | None
) -> ApiDomain:
    return ApiDomain(
        name,
        ApiDomainArgs(
            domain=config.recovery_domain,
            zone_id=config.recovery_zone_id,
            api_id=api.api_id,
            stage_name=api.stage_name,
            proof=proof,
        ),
        site.opts,
    )


def _side(site: Site, api: LookupApi, domain: ApiDomain) -> TrafficSide:
    return TrafficSide(site.config.region, api.api_id, domain.target_name, domain.target_zone_id)
