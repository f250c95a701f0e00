import os

from celery import Celery

app = Celery(
    "semantik",
    broker=os.environ["CELERY_BROKER_URL"],
    backend=os.environ["CELERY_RESULT_BACKEND"],
)
