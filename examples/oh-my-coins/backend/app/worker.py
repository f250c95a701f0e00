from celery import Celery

from app.core.config import settings

app = Celery(broker=f"redis://{settings.REDIS_HOST}:{settings.REDIS_PORT}/0")
