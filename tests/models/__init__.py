"""What is pure beside the models."""
