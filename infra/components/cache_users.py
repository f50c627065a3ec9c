"""Who may do what in the cache: one user who reads, one who writes, both known by IAM and by no password."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.components.iam import Grant

# What redis-py asks to find its way: of the server, and of a cluster.
_CONNECT = ("ping", "hello", "client|setinfo", "client|setname", "cluster|slots", "command", "readonly")
_READ = (*_CONNECT, "get", "mget")
# A write compares revisions in a script, which the server meets once. What the script calls is checked as well.
_WRITE = (*_READ, "set", "getrange", "evalsha", "script|load")


def read_access(environment: str) -> str:
    """Access string of a user who looks values of an environment up."""
    return _access(environment, _READ)


def write_access(environment: str) -> str:
    """Access string of a user who also writes them."""
    return _access(environment, _WRITE)


def _access(environment: str, commands: Sequence[str]) -> str:
    # Every key begins with its environment.
    return " ".join(("on", f"~{environment}/*", "-@all", *(f"+{command}" for command in commands)))


@dataclass(frozen=True, kw_only=True)
class CacheUsersArgs:
    """Arguments of `CacheUsers`.

    Attributes:
        group_name: Name of the user group; at most 40 characters, as the next two.
        reader: Name of the user who looks values up.
        writer: Name of the user who also writes them.
        environment: Whose keys they may touch.
    """

    group_name: str
    reader: str
    writer: str
    environment: str


class CacheUsers(pulumi.ComponentResource):
    """Two users and their group. Who has logged in as nobody can do nothing."""

    group_id: pulumi.Output[str]

    def __init__(self, name: str, args: CacheUsersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the users."""
        super().__init__("headwater:platform:CacheUsers", name, None, opts)
        self._reader = self._user(f"{name}-reader", args.reader, read_access(args.environment))
        self._writer = self._user(f"{name}-writer", args.writer, write_access(args.environment))
        group = aws.elasticache.UserGroup(
            f"{name}-group",
            user_group_id=args.group_name,
            engine="valkey",
            user_ids=[self._reader.user_id, self._writer.user_id],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.group_id = group.user_group_id
        self.register_outputs({"group_id": self.group_id})

    def read_grants(self, cache_arn: pulumi.Input[str]) -> list[Grant]:
        """What a role needs to log in to a cache as the one who reads."""
        return [(["elasticache:Connect"], [cache_arn, self._reader.arn])]

    def write_grants(self, cache_arn: pulumi.Input[str]) -> list[Grant]:
        """What a role needs to log in to a cache as the one who writes."""
        return [(["elasticache:Connect"], [cache_arn, self._writer.arn])]

    def _user(self, name: str, user: str, access: str) -> aws.elasticache.User:
        return aws.elasticache.User(
            name,
            # IAM knows a user by one name: id and name have to be the same.
            user_id=user,
            user_name=user,
            engine="valkey",
            access_string=access,
            authentication_mode={"type": "iam"},
            opts=pulumi.ResourceOptions(parent=self),
        )
