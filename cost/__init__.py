"""Estimates, actuals and reports of what an environment costs."""
