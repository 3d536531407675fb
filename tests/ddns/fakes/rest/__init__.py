"""Stand-ins for REST APIs, one for each provider: they verify credentials and requests."""
