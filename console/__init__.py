"""Steward's web console: the Django project and its one app."""
