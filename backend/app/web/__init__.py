"""FastAPI: routes, WebSocket, access, request ids."""
