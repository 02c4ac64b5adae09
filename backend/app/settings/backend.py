"""Settings of the backend's own server: where it listens, who may come in, what it keeps."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, SecretStr

from app.settings.kinds import DatabaseAddress, Key, Origins, Port


class BackendSettings(BaseModel):
    """Address, access, log and storage."""

    backend_host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    backend_port: Port = 8000
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    api_key: Key = SecretStr("")
    admin_key: Key = SecretStr("")
    allowed_origins: Origins = ()
    database_url: DatabaseAddress = SecretStr("sqlite:///data/kaiwa.db")  # it may hold a password


class RagSettings(BaseModel):
    """Documents and their index."""

    rag_index_path: str = "/data/faiss/index.bin"
    rag_top_k: Annotated[int, Field(ge=1, le=50)] = 4
    rag_embedding_provider: Literal["llama.cpp"] = "llama.cpp"
