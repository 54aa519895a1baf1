"""The pages: each view parses, calls one flow, and renders."""
