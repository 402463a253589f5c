"""Programs that run beside the code under test: stdlib and targets only, so that any pin fits."""
