"""Stand-ins for providers, each speaking its documented protocol."""
