"""Entry points of the Glue jobs; at most 40 lines each. The first comes with the Spark engine."""
