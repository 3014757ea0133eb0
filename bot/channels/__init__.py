"""The chat channels: each turns its wire format into `Incoming` and `Outgoing` into its wire format."""
