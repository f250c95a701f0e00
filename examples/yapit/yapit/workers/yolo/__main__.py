"""Finds figures on pages."""

import os

QUEUE = "yolo:queue"


def main() -> None:
    redis_url = os.environ["REDIS_URL"]
    worker_id = os.environ["WORKER_ID"]
    print(f"{worker_id} listens to {QUEUE} at {redis_url}")


main()
