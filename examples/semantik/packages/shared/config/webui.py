"""What the web application and the worker read."""

from .base import BaseConfig


class WebuiConfig(BaseConfig):
    JWT_SECRET_KEY: str
    ACCESS_TOKEN_EXPIRE_MINUTES: int = 60 * 24
    WEBUI_PORT: int = 8080
    SEARCH_API_URL: str = "http://localhost:8000"
    REDIS_URL: str = "redis://localhost:6379/0"
    CORS_ORIGINS: str = "http://localhost:5173,http://127.0.0.1:5173"
    CONNECTOR_SECRETS_KEY: str | None = None
