"""The forms and sheets, built from the providers' fields."""
