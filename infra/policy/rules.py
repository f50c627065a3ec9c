"""Every rule, by name: what the pack runs under Pulumi, and the tests over every environment's graph."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from infra.policy import access, encryption, upkeep
from infra.policy.declarations import Declaration


class Rule(NamedTuple):
    """A rule about one resource.

    Attributes:
        name: What the pack calls it.
        check: Says what is wrong with a resource, once for each fault.
        protected_only: Holds in protected environments alone.
    """

    name: str
    check: Callable[[Declaration], Iterator[str]]
    protected_only: bool = False


class StackRule(NamedTuple):
    """A rule about resources together; a fault comes with the resource it is the fault of."""

    name: str
    check: Callable[[Sequence[Declaration]], Iterator[tuple[Declaration, str]]]


RULES = (
    Rule("encrypted-with-our-key", encryption.encrypted_with_our_key),
    Rule("keys-rotate", encryption.keys_rotate),
    Rule("encrypted-on-the-way", encryption.encrypted_on_the_way),
    Rule("closed-to-the-world", access.closed_to_the_world),
    Rule("exact-permissions", access.exact_permissions),
    Rule("tagged", upkeep.tagged),
    Rule("logs-end", upkeep.logs_end),
    Rule("can-be-restored", upkeep.can_be_restored),
    Rule("no-secret-in-the-open", upkeep.no_secret_in_the_open),
    Rule("kept-from-deletion", upkeep.kept_from_deletion, protected_only=True),
)

STACK_RULES = (
    StackRule("buckets-take-tls-alone", encryption.buckets_take_tls_alone),
    StackRule("buckets-are-private", access.buckets_are_private),
)
