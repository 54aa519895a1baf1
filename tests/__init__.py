"""Everything that must stay true; mirrors the code."""
