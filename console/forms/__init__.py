"""What a page shows of a record, and what it takes from a person, built from the provider's own rules."""
