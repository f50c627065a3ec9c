"""What an environment will be, before it is: as a tree, as JSON, as a drawing. No cloud is asked."""
