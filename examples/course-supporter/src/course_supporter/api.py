from fastapi import FastAPI

from course_supporter.config import get_settings

app = FastAPI(debug=get_settings().log_level == "DEBUG")


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}
