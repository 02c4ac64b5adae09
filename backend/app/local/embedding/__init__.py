"""A multilingual sentence encoder (512 dimensions) behind llama-server's embedding routes."""
