"""What AWS charged, beside what was estimated: read from Cost Explorer or from the Cost and Usage Report."""
