"""A name of its own for the lookup API in one region."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

_TTL_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class ApiDomainArgs:
    """Arguments of `ApiDomain`.

    Attributes:
        domain: Name, such as ``features.example.com``: the same in every region.
        zone_id: Hosted zone that has it.
        api_id: API it leads to.
        stage_name: Stage of the API.
        proof: Name of the record that proves to ACM whose the domain is. ACM asks for the same one in every region, and
            a zone has it once; None: this region makes it.
    """

    domain: str
    zone_id: str
    api_id: pulumi.Input[str]
    stage_name: pulumi.Input[str]
    proof: pulumi.Output[str] | None


class ApiDomain(pulumi.ComponentResource):
    """Certificate that is proven by DNS and renewed by itself, regional domain name, mapping to the API.

    Attributes:
        proof: As in `ApiDomainArgs`, for the next region.
        target_name: What a record of the domain points to.
        target_zone_id: Zone of that name.
    """

    proof: pulumi.Output[str]
    target_name: pulumi.Output[str]
    target_zone_id: pulumi.Output[str]

    def __init__(self, name: str, args: ApiDomainArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the domain name; no record of Route 53 points to it yet."""
        super().__init__("headwater:platform:ApiDomain", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        certificate = aws.acm.Certificate(
            f"{name}-certificate",
            domain_name=args.domain,
            validation_method="DNS",
            opts=child,
        )
        self.proof = args.proof if args.proof is not None else self._prove(name, args, certificate)
        validated = aws.acm.CertificateValidation(
            f"{name}-validation",
            certificate_arn=certificate.arn,
            validation_record_fqdns=[self.proof],
            opts=child,
        )
        domain = aws.apigatewayv2.DomainName(
            f"{name}-domain",
            domain_name=args.domain,
            domain_name_configuration={
                "certificate_arn": validated.certificate_arn,
                "endpoint_type": "REGIONAL",
                "security_policy": "TLS_1_2",
            },
            opts=child,
        )
        aws.apigatewayv2.ApiMapping(
            f"{name}-mapping",
            api_id=args.api_id,
            domain_name=domain.id,
            stage=args.stage_name,
            opts=child,
        )
        leads_to = domain.domain_name_configuration
        self.target_name = leads_to.target_domain_name.apply(str)
        self.target_zone_id = leads_to.hosted_zone_id.apply(str)
        self.register_outputs({"target_name": self.target_name})

    def _prove(self, name: str, args: ApiDomainArgs, certificate: aws.acm.Certificate) -> pulumi.Output[str]:
        asked = certificate.domain_validation_options[0]
        return aws.route53.Record(
            f"{name}-proof",
            zone_id=args.zone_id,
            name=asked.resource_record_name.apply(str),
            type=asked.resource_record_type.apply(str),
            records=[asked.resource_record_value.apply(str)],
            ttl=_TTL_SECONDS,
            opts=pulumi.ResourceOptions(parent=self),
        ).fqdn
