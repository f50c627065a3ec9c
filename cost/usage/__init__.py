"""What is assumed of each environment: a file each, and what may stand in one."""
