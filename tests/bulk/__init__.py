"""Work on many customers: by files and by selections, carried out by workers that may be killed at any moment."""
