"""Each component declared by itself, as a team would that takes one of them: the pages in `docs/components` show them."""
