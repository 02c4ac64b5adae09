"""The client's language: the OpenAI Realtime API (GA) and our `kaiwa.*` extensions, both ways."""
