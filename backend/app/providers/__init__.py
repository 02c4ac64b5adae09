"""HTTP clients of the model servers, one per published protocol."""
