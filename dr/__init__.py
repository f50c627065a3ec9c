"""Failover plans, drills and their measurements."""
