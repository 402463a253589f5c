"""Cron expressions: dialects, a strict grammar, what they mean, and the checks of their readers."""
