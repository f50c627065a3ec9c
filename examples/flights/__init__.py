"""Flights out of New York in 2013: the platform on real events."""
