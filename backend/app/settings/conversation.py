"""Settings of the conversation itself: whose turn it is, what the assistant is told, where its limits are."""

from typing import Annotated

from pydantic import BaseModel, Field

from app.settings.kinds import Count, Milliseconds, Seconds


class TurnSettings(BaseModel):
    """When speech begins and ends, and how often it is transcribed meanwhile."""

    vad_threshold: Annotated[float, Field(gt=0, lt=1)] = 0.5
    vad_min_speech_ms: Milliseconds = 192
    vad_silence_ms: Milliseconds = 512
    vad_prefix_ms: Milliseconds = 300
    partial_interval_ms: Annotated[int, Field(ge=32, le=60_000)] = 320
    system_prompt: str = ""


class LimitSettings(BaseModel):
    """What one client, and all of them together, may ask of the backend."""

    max_sessions: Count = 100
    session_idle_s: Seconds = 900
    session_max_s: Seconds = 7200
    utterance_max_s: Seconds = 60
    message_max_bytes: Annotated[int, Field(ge=1024)] = 22_020_096
    messages_per_s: Count = 200
    outbox_ahead_s: Seconds = 2
    outbox_lag_s: Seconds = 10
