"""Settings, from the environment or from .env."""

from datetime import time
from enum import StrEnum
from functools import lru_cache

from pydantic import SecretStr, computed_field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Environment(StrEnum):
    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"
    TESTING = "testing"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    environment: Environment = Environment.DEVELOPMENT
    log_level: str = "DEBUG"
    cors_allowed_origins: list[str] = []
    cors_allow_credentials: bool = False

    postgres_user: str = "course_supporter"
    postgres_password: SecretStr = SecretStr("secret")
    postgres_db: str = "course_supporter"
    postgres_host: str = "localhost"
    postgres_port: int = 5432

    redis_url: str = "redis://localhost:6379/0"

    worker_max_jobs: int = 2
    worker_job_timeout: int = 1800
    worker_max_tries: int = 3
    worker_heavy_window_enabled: bool = False
    worker_heavy_window_start: time = time(2, 0)
    worker_heavy_window_end: time = time(6, 30)
    worker_heavy_window_tz: str = "UTC"

    s3_endpoint: str = "http://localhost:9000"
    s3_access_key: str = "minioadmin"
    s3_secret_key: SecretStr = SecretStr("minioadmin")
    s3_bucket: str = "course-materials"

    gemini_api_key: SecretStr | None = None
    anthropic_api_key: SecretStr | None = None
    openai_api_key: SecretStr | None = None
    deepseek_api_key: SecretStr | None = None

    @computed_field
    @property
    def database_url(self) -> str:
        password = self.postgres_password.get_secret_value()
        place = f"{self.postgres_host}:{self.postgres_port}/{self.postgres_db}"
        return f"postgresql+psycopg://{self.postgres_user}:{password}@{place}"


@lru_cache
def get_settings() -> Settings:
    return Settings()
