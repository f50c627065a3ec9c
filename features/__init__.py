"""Feature definitions: what adopters edit. Declarations only."""
