"""The check `jobs`: sequences of steps on a scheduler under a virtual clock, beside a model."""
