"""What stands in for AWS between and inside two local regions, and breaks them on purpose."""
