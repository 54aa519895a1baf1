"""Small tables of names that people read instead of codes."""
