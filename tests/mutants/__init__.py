"""Mutants: each takes one guard away, and a test has to notice. `make mutants` runs them; `make test` does not."""
