"""Entry points of the Glue jobs; at most 40 lines each: arguments, a session, and the job of `feature_jobs`."""
