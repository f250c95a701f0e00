from arq.connections import RedisSettings

from course_supporter.config import get_settings


class WorkerSettings:
    functions: list = []
    redis_settings = RedisSettings.from_dsn(get_settings().redis_url)
    max_jobs = get_settings().worker_max_jobs
