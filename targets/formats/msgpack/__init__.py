"""MessagePack: a strict reader of the specification, and msgpack in C and in Python, ormsgpack."""
