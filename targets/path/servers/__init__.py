"""Adapters: one module for each package whose servers are asked."""
