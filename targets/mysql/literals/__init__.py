"""Parameters of statements: inputs of the check `escape`, and how SQL literals are read back."""
