"""Exports: tables, lines and evidence packs of real history, and the workers that make them."""
