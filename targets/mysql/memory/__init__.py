"""Servers in memory, and the real clients that talk to them."""
