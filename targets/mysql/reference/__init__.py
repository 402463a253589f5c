"""The farm's own client: a codec of MySQL packets, memory bounded by the bytes received."""
