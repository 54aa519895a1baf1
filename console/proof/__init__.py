"""What shows that history was neither altered nor cut: hashes, a tree over them, signed checkpoints. Pure."""
