"""Events of the binary log: the farm's own encoder, and what a reader must make of them."""
