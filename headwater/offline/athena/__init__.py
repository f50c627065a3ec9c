"""Training sets as one SQL statement, for teams that live in Athena."""
