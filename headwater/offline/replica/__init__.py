"""Tables whose files were copied to another bucket, made readable there: in a region that is left when one is lost."""
