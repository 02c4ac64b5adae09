"""One WebSocket's life: carries out what the core decides."""
