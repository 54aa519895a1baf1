"""The sandbox by itself: spoken to in plain HTTP, never through the adapters."""
