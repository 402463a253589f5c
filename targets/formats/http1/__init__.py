"""HTTP/1 framing: where messages on a connection begin and end, and what they say."""
