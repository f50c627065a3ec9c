"""The offline side: the event log in Iceberg, and training sets built from it point in time."""
