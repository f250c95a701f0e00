from course_supporter.config import Environment, Settings


def test_that_nothing_need_be_set(monkeypatch):
    monkeypatch.delenv("ENVIRONMENT", raising=False)
    assert Settings(_env_file=None).environment == Environment.DEVELOPMENT


def test_that_the_url_is_made_of_its_parts():
    settings = Settings(
        postgres_user="u", postgres_password="p", postgres_host="db", postgres_port=5433, postgres_db="d", _env_file=None
    )
    assert settings.database_url == "postgresql+psycopg://u:p@db:5433/d"
