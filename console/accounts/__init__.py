"""Signing in, as the settings hang it into allauth: who may come in, by which steps, and how secrets are kept."""
