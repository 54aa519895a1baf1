"""The provider library: what five customer APIs allow, and how to speak to them; plain Python, no Django."""
