"""The farm's own scheduler: cron expressions, a job file that survives, and what ticks over it."""
