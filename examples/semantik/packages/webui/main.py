from fastapi import FastAPI

app = FastAPI()


@app.get("/api/health/readyz")
def ready() -> dict[str, str]:
    return {"status": "ready"}
