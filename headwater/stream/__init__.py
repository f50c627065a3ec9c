"""Records in, tile changes out: the work of the stream function."""
