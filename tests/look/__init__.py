"""The look: its colours, its templates and its one script."""
