"""The demo: five providers that are played on this machine, people, customers, and a history made by the real flows."""
