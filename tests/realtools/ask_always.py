#!/usr/bin/env python3
"""Ask all the time, as browsers and programs do, until a file appears; tell what did not work.

  ask_always.py http://127.0.0.1:8025 HOST STOP_FILE

Several callers at once: a new connection for each request, a connection that is kept, bodies that are sent, answers
that take a while. A kept connection may be closed by the other side between two requests, so what is safe to repeat is
asked once more on a new one, as every client does; nothing else is forgiven. Prints "N requests, N failed", with the
first failures of each kind below.
"""
import collections
import http.client
import os
import sys
import threading
import time
import urllib.parse

address, host, stop = sys.argv[1:]
where = urllib.parse.urlsplit(address).netloc
END = time.monotonic() + 240  # nobody is left behind asking
lock = threading.Lock()
asked = 0
failures = collections.Counter()


def ask(connection, method, path, body=None):
    connection.request(method, path, body, {"Host": host})
    answer = connection.getresponse()
    answer.read()
    return answer


def judge(kind, outcome):
    global asked
    with lock:
        asked += 1
        if outcome != 200:
            failures[f"{kind}: {outcome}"] += 1


def fresh(method, path, body=None):
    connection = http.client.HTTPConnection(where, timeout=20)
    try:
        return ask(connection, method, path, body).status
    except (OSError, http.client.HTTPException) as error:
        return repr(error)
    finally:
        connection.close()


def caller(kind, method, path, body=None, pause=0.03):
    while not done():
        judge(kind, fresh(method, path, body))
        time.sleep(pause)


def keeper():
    connection = None
    while not done():
        if connection is None:
            connection = http.client.HTTPConnection(where, timeout=20)
            used = False
        try:
            answer = ask(connection, "GET", "/health")
            used = not answer.will_close
            judge("kept", answer.status)
            if not used:
                connection = None
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            connection = None
            judge("kept", fresh("GET", "/health") if used else repr(error))
        time.sleep(0.03)


def done():
    return os.path.exists(stop) or time.monotonic() > END


callers = [
    threading.Thread(target=caller, args=("new", "GET", "/health")),
    threading.Thread(target=caller, args=("other", "GET", "/admin/health")),
    threading.Thread(target=caller, args=("sent", "POST", "/health", b"x" * 2000)),
    threading.Thread(target=caller, args=("slow", "GET", "/_/wait/1.5", None, 0.01)),
    threading.Thread(target=caller, args=("slow", "GET", "/_/wait/0.7", None, 0.01)),
    threading.Thread(target=keeper),
]
for it in callers:
    it.start()
for it in callers:
    it.join()
print(f"{asked} requests, {sum(failures.values())} failed")
for what, count in failures.most_common(5):
    print(f"  {count} x {what}")
