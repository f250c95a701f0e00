"""Fixtures of the API tests. What is not overridden here comes from .env.dev (`uv run --env-file .env.dev`)."""

import pytest
from testcontainers.postgres import PostgresContainer
from testcontainers.redis import RedisContainer

from yapit.gateway.cache import CacheConfig
from yapit.gateway.config import Settings


@pytest.fixture(scope="session")
def postgres():
    with PostgresContainer("postgres:16-alpine", driver="asyncpg") as container:
        yield container


@pytest.fixture(scope="session")
def redis():
    with RedisContainer("redis:7-alpine") as container:
        yield container


@pytest.fixture
def settings(postgres, redis, tmp_path) -> Settings:
    return Settings(
        database_url=postgres.get_connection_url(),
        redis_url=f"redis://{redis.get_container_host_ip()}:{redis.get_exposed_port(6379)}",
        audio_cache_config=CacheConfig(path=str(tmp_path / "audio")),
        document_cache_config=CacheConfig(path=str(tmp_path / "documents")),
        extraction_cache_config=CacheConfig(path=str(tmp_path / "extraction")),
        images_dir=str(tmp_path / "images"),
        log_dir=str(tmp_path / "logs"),
        stack_auth_api_host="",
        stack_auth_project_id="",
        stack_auth_server_key="",
        anonymous_session_secret="for tests only",
        # These start clients that want keys, or databases that the tests do not have.
        ai_processor=None,
        metrics_database_url=None,
    )
