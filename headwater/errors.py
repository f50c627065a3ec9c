"""Every error of the library, in one tree, so that a caller can tell what to do about it.

    HeadwaterError
    ├── DefinitionError        a feature definition is wrong; mend the definition      (ValueError)
    ├── RegistryError          a compiled registry cannot be read or does not fit      (ValueError)
    ├── RequestError           a lookup request is wrong; the caller mends it          (ValueError)
    ├── InputError             data at an edge of the system is wrong                  (ValueError)
    │   └── PoisonRecordError  a stream record that can never succeed: dead-letter it
    ├── SettingsError          the environment or configuration is wrong               (ValueError)
    ├── StoreError             a store did not do what it was asked
    │   ├── ConflictError      somebody wrote first; reading again and retrying is safe
    │   ├── UnavailableError   the store could not be reached in time; retry is safe
    │   ├── UnknownOutcomeError  a write may or may not have happened; read before writing again
    │   ├── SupersededError    another region writes in this one's stead; this one stops
    │   ├── LeadingError       this region is written itself; it follows no other
    │   ├── CorruptValueError  stored bytes are not a value of ours; names the key
    │   └── DivergedError      two regions wrote a table, neither has all of it; a person decides
    ├── LocalCloudError        the local cloud could not be started, filled or stopped
    │   └── NotSupportedLocallyError  a resource type the local runner cannot create
    ├── PackagingError         a function's zip cannot be built (infra.packaging.errors)
    ├── FailoverError          a step of a failover was refused or did not succeed (dr.errors)
    ├── CostError              what would cost money is not known well enough to price it (cost.errors)
    └── ExportError            a resource cannot be said in Terraform's terms (infra.terraform.errors)

A message says the object, what was found, what was expected, and what to do.
"""


class HeadwaterError(Exception):
    """Root of all errors this project raises on purpose."""


class DefinitionError(HeadwaterError, ValueError):
    """A feature definition is wrong."""


class RegistryError(HeadwaterError, ValueError):
    """A compiled registry cannot be read, or does not fit its reader."""


class RequestError(HeadwaterError, ValueError):
    """A lookup request is wrong.

    Attributes:
        code: Stable machine-readable name of the mistake, such as ``unknown_service``.
        hint: What the caller can do about it.
    """

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


class InputError(HeadwaterError, ValueError):
    """Data at an edge of the system is wrong."""


class PoisonRecordError(InputError):
    """A stream record can never be applied, however often it is delivered."""


class SettingsError(HeadwaterError, ValueError):
    """An environment variable or configuration value is missing or wrong."""


class StoreError(HeadwaterError):
    """A store did not do what it was asked."""


class ConflictError(StoreError):
    """Another writer was first. Reading again and retrying is safe."""


class UnavailableError(StoreError):
    """The store could not be reached in time. Retrying is safe."""


class UnknownOutcomeError(StoreError):
    """A write may or may not have happened. Read before writing again."""


class SupersededError(StoreError):
    """Another region goes on in this one's stead. What is refused here is recovered there."""


class LeadingError(StoreError):
    """A region that was to follow another one leads: producers write there, and it follows nobody meanwhile."""


class CorruptValueError(StoreError):
    """Stored bytes are not a value this library wrote."""


class DivergedError(StoreError):
    """Two regions have written a table, and neither has all of it."""


class LocalCloudError(HeadwaterError):
    """The local cloud could not be started, filled or stopped."""


class NotSupportedLocallyError(LocalCloudError):
    """The local runner has no handler for a resource type the program asked for."""
