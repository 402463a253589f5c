"""Code with a deep bug each, apart from its test so that only it is instrumented."""
