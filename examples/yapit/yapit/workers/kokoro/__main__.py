"""Takes jobs from the queue and speaks them."""

import os

QUEUE = "tts:queue:kokoro"


def main() -> None:
    redis_url = os.environ["REDIS_URL"]
    worker_id = os.environ["WORKER_ID"]
    device = os.getenv("DEVICE", "cpu")
    print(f"{worker_id} listens to {QUEUE} at {redis_url} on {device}")


main()
