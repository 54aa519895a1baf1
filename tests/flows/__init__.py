"""The way of a change, step by step, on a real database and against the sandbox."""
