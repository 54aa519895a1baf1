"""Tests of what shows that history was neither altered nor cut."""
