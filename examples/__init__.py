"""Stories that run."""
