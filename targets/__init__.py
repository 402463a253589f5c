"""What must hold, of what: every package in here is a target; plain modules are the machinery."""
