"""Decisions: pure, synchronous, without clock or I/O (standard library, and numpy in audio)."""
