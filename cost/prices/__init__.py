"""What AWS asks for: dated snapshots, lookup by key and region, tiers, and the refresh from AWS's own list."""
