import os

# Before the application is imported: its Settings are made at import.
os.environ["SECRET_KEY"] = "for tests only"
os.environ["RUN_COLLECTORS"] = "False"

import pytest
from fastapi.testclient import TestClient

from app.main import app


@pytest.fixture
def client() -> TestClient:
    return TestClient(app)
