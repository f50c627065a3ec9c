"""A training set as one statement over the tables of the event log.

What it costs on Athena, of one view with p parts (`parts`: two or three a window, heads shared):

- The event log is read once for each thing computed from it: once a view, once more for each sketch and
  for the events that ask. With `label_table.Span` given, Iceberg opens the days that the windows cover, of the
  columns that the view names, and no others.
- Each event is grouped p times, and what is left are tiles: they are as many as events only where an entity rarely
  has two in one tile, and in the parts that hold single events.
- Each distinct ask reads 2p cells at most. It meets, by an equality join, the tiles in them: fewer than 200 of a
  part's width and its events of one tile, however long the window is. A hot entity is spread over its cells.
- Answers are joined to the label rows by entity and instant.

Functions on demand are Python, and not part of the statement.
"""

import sqlglot
from sqlglot import exp

from headwater.offline.athena.dialects import parse_relation
from headwater.offline.athena.label_table import LABELS, LabelTable
from headwater.offline.athena.view_query import ViewQuery
from headwater.offline.point_in_time import Mode
from headwater.registry import Registry


def training_set(
    registry: Registry, service: str, database: str, labels: LabelTable, *, mode: Mode = "as_known"
) -> exp.Select:
    """The statement that adds a service's stored features to label rows.

    Args:
        registry: Definitions.
        service: Name of the service.
        database: Of the event log.
        labels: The label rows, with the columns that `headwater.offline.point_in_time.training_set` asks for, but
            for the request fields.
        mode: ``as_known`` or ``as_happened``.

    Returns:
        A query of the label rows with all their columns, in any order, then one column per stored feature, named
        ``<view>__<feature>``. `headwater.offline.athena.dialects.render` makes it text.

    Raises:
        RequestError: The service is unknown.
        InputError: ``labels.relation`` is neither a table nor a query.
    """
    found = registry.service(service)
    relation = parse_relation(labels.relation)
    everything = relation if isinstance(relation, exp.Query) else sqlglot.select("*").from_(relation)
    result = sqlglot.select(f"{LABELS}.*").from_(LABELS).with_(LABELS, as_=everything, copy=False)
    for view in registry.views_of(found):
        query = ViewQuery(view, registry.sources[view.source], database, labels, mode)
        for named in query.queries():
            result = result.with_(named.name, as_=named.query, copy=False)
        for answers in query.answers():
            result = result.join(answers.name, on=query.matches(answers.name), join_type="left", copy=False)
            for feature, nothing in answers.features.items():
                written = f"{answers.name}.{feature}"
                value = written if nothing is None else f"COALESCE({written}, {nothing})"
                result = result.select(f"{value} AS {feature}", copy=False)
    return result
