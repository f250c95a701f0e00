"""Everything the gateway can be told. Fields have no defaults where a wrong guess would be worse than a failed start."""

import os

from pydantic_settings import BaseSettings, SettingsConfigDict

from yapit.gateway.cache import CacheConfig, Caches


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_file=[os.getenv("ENV_FILE", ""), ".env"],
        env_nested_delimiter="__",
        extra="ignore",
    )

    # Database
    database_url: str
    db_drop_and_recreate: bool
    db_seed: bool
    sqlalchemy_echo: bool

    redis_url: str
    cors_origins: list[str]
    log_dir: str
    images_dir: str
    metrics_database_url: str | None = None

    # Who may do what
    auth_enabled: bool
    billing_enabled: bool
    ratelimit_enabled: bool = True
    anonymous_session_secret: str
    stack_auth_api_host: str
    stack_auth_project_id: str
    stack_auth_server_key: str

    # Caches
    audio_cache_type: Caches
    audio_cache_config: CacheConfig
    document_cache_type: Caches
    document_cache_config: CacheConfig
    extraction_cache_type: Caches
    extraction_cache_config: CacheConfig

    # Documents
    document_max_download_size: int = 100 * 1024 * 1024
    max_block_chars: int
    soft_limit_mult: float
    min_chunk_size: int

    # Speech
    ai_processor: str | None = None
    google_api_key: str | None = None
    inworld_api_key: str | None = None
    runpod_api_key: str | None = None
    runpod_request_timeout_seconds: int | None = None
    kokoro_runpod_serverless_endpoint: str | None = None
    yolo_runpod_serverless_endpoint: str | None = None
    tts_overflow_queue_threshold: int
    tts_buffer_behind: int
    tts_buffer_ahead: int

    # How many workers there are decides how many jobs may wait
    kokoro_cpu_replicas: int
    yolo_cpu_replicas: int

    # Billing
    stripe_secret_key: str | None = None
    stripe_webhook_secret: str | None = None
    stripe_price_basic_monthly: str | None = None
    stripe_price_basic_yearly: str | None = None
    stripe_price_plus_monthly: str | None = None
    stripe_price_plus_yearly: str | None = None
