"""whisper.cpp, in process, behind the routes of its own whisper-server."""
