"""Caches that the gateway can use."""

from enum import StrEnum

from pydantic import BaseModel


class Caches(StrEnum):
    SQLITE = "sqlite"
    MEMORY = "memory"


class CacheConfig(BaseModel):
    path: str | None = None
    max_size_mb: int | None = None
