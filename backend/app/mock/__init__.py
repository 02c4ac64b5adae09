"""Mock model servers: the four protocols without models, honest about it, with settable delays and faults."""
