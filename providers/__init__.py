"""The provider library: what five customer APIs allow, and how to speak to them. Plain Python, usable without Django."""
