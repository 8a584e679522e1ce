"""Which item is this, and has it changed? Pure."""
