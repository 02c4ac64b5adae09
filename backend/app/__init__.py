"""Kaiwa: a voice assistant that a person runs on a machine of their own."""

__version__ = "0.1.0"
