"""Logging in to ElastiCache with the credentials of AWS: each connection gets a token that is signed here.

A token is good for 15 minutes, to open a connection with; AWS closes a connection after 12 hours, and
the store opens another. Nothing is kept anywhere that could leak, and nothing is asked of AWS: signing is
arithmetic.
"""

import botocore.session
import redis
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import BotoCoreError
from redis.credentials import CredentialProvider

from headwater.online.redis_address import IamLogin

_SERVICE = "elasticache"
_TOKEN_SECONDS = 900


class IamTokens(CredentialProvider):
    """Makes a token for each new connection.

    Args:
        login: As whom, and to which cache.
    """

    def __init__(self, login: IamLogin) -> None:
        self._login = login
        # While a function starts, so that its first request does not wait for it. The credentials are looked up
        # for each token: those of a function that was restored from a snapshot are not those it was frozen with.
        self._session = botocore.session.get_session()

    def get_credentials(self) -> tuple[str, str]:
        """User and token.

        Raises:
            redis.AuthenticationError: There are no credentials to sign with; for the store, the cache is then one
                that it cannot reach.
        """
        try:
            found = self._session.get_credentials()
            frozen = found.get_frozen_credentials() if found else None
        except BotoCoreError as error:
            raise redis.AuthenticationError(f"{self._said()}: {error}") from error
        if frozen is None:
            raise redis.AuthenticationError(
                f"{self._said()}: found no AWS credentials; give this process some"
            )
        return self._login.user, token(self._login, frozen)

    def _said(self) -> str:
        return f"cache {self._login.cache!r}, logging in as {self._login.user!r} by IAM"


def token(login: IamLogin, credentials: ReadOnlyCredentials) -> str:
    """What stands for a password: a signed request to connect, without its scheme.

    Args:
        login: As whom, and to which cache.
        credentials: To sign with.
    """
    asked = {"Action": "connect", "User": login.user}
    if login.serverless:
        asked["ResourceType"] = "ServerlessCache"
    request = AWSRequest(method="GET", url=f"http://{login.cache}/", params=asked)
    SigV4QueryAuth(credentials, _SERVICE, login.region, expires=_TOKEN_SECONDS).add_auth(request)
    return str(request.url).removeprefix("http://")
