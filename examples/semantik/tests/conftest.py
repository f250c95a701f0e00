import os

# Before the application is imported.
os.environ["JWT_SECRET_KEY"] = "for tests only"
os.environ["REDIS_URL"] = "redis://localhost:6379"
os.environ.setdefault("POSTGRES_HOST", "localhost")
os.environ.setdefault("POSTGRES_DB", "semantik_test")
os.environ.setdefault("USE_MOCK_EMBEDDINGS", "true")

import pytest

from packages.shared.config.postgres import PostgresConfig


@pytest.fixture
def postgres() -> PostgresConfig:
    return PostgresConfig(POSTGRES_DB="semantik_test", DB_POOL_SIZE=1)
