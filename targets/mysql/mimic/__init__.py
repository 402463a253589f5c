"""A client's side of talks with servers written in Python."""
