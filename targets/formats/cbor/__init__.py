"""CBOR: the farm's strict reference (RFC 8949), and cbor2 in C, in Rust and in Python."""
