"""What an estimate cannot go on with; the tree continues that of `headwater.errors`.

CostError
├── PriceError   a price is missing, too old, or for another unit; names its key and region
├── UsageError   an assumption is missing, unknown, or in another unit; names its key
├── GraphError   a resource is neither priced nor known to cost nothing, or the graph is unreadable
├── CapacityError  a limit, measurement or rate that a capacity plan needs is missing or impossible
└── BillError    what AWS charged cannot be read, or nothing of it has our tags
"""

from headwater.errors import HeadwaterError


class CostError(HeadwaterError, ValueError):
    """Something that costs money is not known well enough to say how much."""


class PriceError(CostError):
    """A price is missing, too old, or for another unit."""


class UsageError(CostError):
    """An assumption of usage is missing, unknown, or in another unit."""


class GraphError(CostError):
    """What an environment declares cannot be priced."""


class CapacityError(CostError):
    """A capacity plan cannot be made of what it was given."""


class BillError(CostError):
    """What AWS charged cannot be read, or nothing of it has our tags."""
