"""A runner: takes jobs for qwen-image from the queue."""

import os

from fastapi import FastAPI

PORT = int(os.getenv("PORT", "9001"))
REDIS_URL = os.environ["REDIS_URL"]
MODEL = os.getenv("VYVO_MODEL_ID", "qwen-image")

app = FastAPI(title=MODEL)


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "ok"}
