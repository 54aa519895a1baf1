"""How files of customers are read."""
