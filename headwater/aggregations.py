"""One feature: an aggregate of a column over a window, delayed and filtered as it says."""

from collections.abc import Sequence
from dataclasses import dataclass

from headwater import names, windows
from headwater.aggregates import AGGREGATES, MAX_LAST_N
from headwater.errors import DefinitionError
from headwater.expressions import Expression, Node


@dataclass(frozen=True, kw_only=True)
class Aggregation:
    """One feature of a view.

    Args:
        column: Column of the view's source, or one it derives; None counts events.
        function: One of `headwater.aggregates.AGGREGATES`.
        window: Length, such as ``6h``. For ``last`` this is the time to live of the value.
        delay: How much later an event counts, such as ``12h`` for what is known only then.
        resolution: Width of the tiles; the window's tail moves in steps of it. Default by length.
        n: How many values ``last_n`` keeps, 1 to 100; for no other function.
        where: Condition on the event's columns, made with `headwater.definitions.col`.
        label: Says in the default name what ``where`` keeps, such as ``large``.
        name: Name of the feature; default ``<column>[_<label>]_<function>_<window>``.
    """

    column: str | None
    function: str
    window: str
    delay: str | None = None
    resolution: str | None = None
    n: int | None = None
    where: Expression | Node | None = None
    label: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        """Check the definition and fill the default name.

        Raises:
            DefinitionError: The aggregate is unknown, window or delay are no multiple of the resolution, or ``n``,
                ``where`` and ``label`` do not fit.
        """
        if self.function not in AGGREGATES:
            raise DefinitionError(
                f"aggregation of {self.column!r}: {self.function!r} is not an aggregate; "
                f"choose one of {', '.join(AGGREGATES)}"
            )
        object.__setattr__(self, "where", as_node(f"aggregation of {self.column!r}", self.where))
        length, delay, resolution = self.as_window()
        object.__setattr__(self, "name", names.check_name("feature", self.name or self._default_name()))
        for what, duration in (("window", length), ("delay", delay)):
            if duration % resolution:
                raise DefinitionError(
                    f"feature {self.name!r}: {what} {windows.format_duration(duration)} is not a multiple of the "
                    f"resolution {windows.format_duration(resolution)}; change one of them"
                )
        if length + delay > windows.LONGEST_US:
            raise DefinitionError(
                f"feature {self.name!r}: window and delay come to {windows.format_duration(length + delay)}, at most "
                f"{windows.format_duration(windows.LONGEST_US)} are kept; shorten them"
            )
        self._check_n()

    def _default_name(self) -> str:
        if (self.where is None) == bool(self.label):
            raise DefinitionError(
                f"aggregation of {self.column!r}, {self.function} over {self.window}: `where` and `label` go together; "
                "say in one word what the condition keeps, or give the feature a name"
            )
        function = self.function if self.n is None else self.function.replace("_n", f"_{self.n}")
        return names.feature(self.column, function, self.window, self.delay, self.label)

    def _check_n(self) -> None:
        wanted = self.function == "last_n"
        fits = isinstance(self.n, int) and 1 <= self.n <= MAX_LAST_N if wanted else self.n is None
        if not fits:
            expected = f"expected a whole number from 1 to {MAX_LAST_N}" if wanted else "only last_n takes it"
            raise DefinitionError(f"feature {self.name!r}: n is {self.n!r}; {expected}")

    def as_window(self) -> windows.Window:
        """The window in microseconds."""
        length = windows.parse_duration(self.window)
        delay = windows.parse_duration(self.delay) if self.delay else 0
        resolution = (
            windows.parse_duration(self.resolution)
            if self.resolution
            else windows.default_resolution_us(length)
        )
        return windows.Window(length, delay, resolution)


def as_node(owner: str, condition: Expression | Node | None) -> Node | None:
    """The plain form of an expression.

    Raises:
        DefinitionError: It is something else, such as the text of a condition.
    """
    if condition is None or isinstance(condition, tuple):
        return condition
    if not isinstance(condition, Expression):
        raise DefinitionError(
            f"{owner}: found {condition!r}, expected an expression such as col('amount') > 100; build it with col()"
        )
    return condition.node


def aggregations(
    column: str | None,
    functions: Sequence[str],
    *,
    over: Sequence[str],
    delay: str | None = None,
    resolution: str | None = None,
    where: Expression | None = None,
    label: str = "",
) -> tuple[Aggregation, ...]:
    """Every combination of functions and windows over one column.

    >>> [feature.name for feature in aggregations("amount", ["mean", "max"], over=["1h", "1d"])]
    ['amount_mean_1h', 'amount_mean_1d', 'amount_max_1h', 'amount_max_1d']
    """
    return tuple(
        Aggregation(
            column=column,
            function=function,
            window=window,
            delay=delay,
            resolution=resolution,
            where=where,
            label=label,
        )
        for function in functions
        for window in over
    )


def latest(columns: Sequence[str], *, ttl: str) -> tuple[Aggregation, ...]:
    """The latest value of each column, unless it is older than ``ttl``; named as the column.

    >>> latest(["plan"], ttl="30d")[0].name
    'plan'
    """
    return tuple(Aggregation(column=column, function="last", window=ttl, name=column) for column in columns)
