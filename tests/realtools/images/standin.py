#!/usr/bin/python3
"""Stand-in for an application image: a small HTTP server that is strict about its deployment.

What it does is fixed when the image is built (/etc/standin.json, written by images.sh), so the
compose file or stack under test needs no extra settings:

  ports    ports to listen on
  health   paths answered with 200; any path that isn't known is answered with 404
  env      variables that must be set and not empty, or the start fails (like a Settings class)
  dial     variables holding host:port or a URL, or a pair HOST_VARIABLE:PORT_VARIABLE; each must
           accept a TCP connection at the start
  oneshot  words: if one is in the command, do these checks and exit 0 (a migration, say)

Every container also answers /_/env (its environment, as JSON), /_/id (host name, command) and
/_/stat/PATH (type, owner, mode and content of a mounted file): what a test looks at; and /_/wait/SECONDS
after that time.
SIGTERM stops it as a real server does: no new connections, running requests are finished.
"""
import http.server
import json
import os
import signal
import socket
import stat
import sys
import threading
import time
import urllib.parse

CONF = {"ports": [8000], "health": ["/health"], "env": [], "dial": [], "oneshot": []}
if os.path.exists("/etc/standin.json"):
    with open("/etc/standin.json") as file:
        CONF.update(json.load(file))


def fail(why):
    print(f"standin: {why}", file=sys.stderr, flush=True)
    sys.exit(1)


def dial(name):
    value = ":".join(os.environ.get(part, "") for part in name.split(":"))
    url = urllib.parse.urlsplit(value if "://" in value else "tcp://" + value)
    default = {"redis": 6379, "postgres": 5432, "postgresql": 5432, "http": 80, "https": 443}
    port = url.port or default.get(url.scheme.split("+")[0])
    try:
        socket.create_connection((url.hostname, port), timeout=5).close()
    except (OSError, TypeError) as error:
        fail(f"{name}={url.scheme}://{url.hostname}:{port} cannot be reached: {error}")


def describe(path):
    try:
        info = os.lstat(path)
        kind = "dir" if stat.S_ISDIR(info.st_mode) else "file"
        text = sorted(os.listdir(path)) if kind == "dir" else open(path, errors="replace").read(65536)
        return {"kind": kind, "uid": info.st_uid, "mode": oct(info.st_mode & 0o7777), "content": text,
                "writable": os.access(path, os.W_OK)}
    except OSError as error:
        return {"kind": "missing", "error": str(error)}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urllib.parse.urlsplit(self.path).path
        status, body = 200, None
        if path == "/_/env":
            body = dict(os.environ)
        elif path == "/_/id":
            body = {"hostname": socket.gethostname(), "command": sys.argv[1:], "uid": os.getuid(),
                    "port": self.server.server_port, "headers": dict(self.headers)}
        elif path.startswith("/_/stat/"):
            body = describe(path[len("/_/stat"):])
        elif path.startswith("/_/wait/"):
            time.sleep(float(path[len("/_/wait/"):]))
            body = {"status": "waited"}
        elif path in CONF["health"]:
            body = {"status": "ok"}
        else:
            status, body = 404, {"error": "no such path", "path": path}
        data = (json.dumps(body, sort_keys=True) + "\n").encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_HEAD = do_POST = do_GET

    def log_message(self, *args):
        if os.environ.get("STANDIN_LOG"):
            super().log_message(*args)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main():
    for name in CONF["env"]:
        if not os.environ.get(name):
            fail(f"required variable {name} is not set")
    for name in CONF["dial"]:
        dial(name)
    if any(task in word for task in CONF["oneshot"] for word in sys.argv):
        print("standin: one-shot task done:", *sys.argv[1:], flush=True)
        return
    servers = [Server(("", port), Handler) for port in CONF["ports"]]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print("standin: listening on", *CONF["ports"], "command:", *sys.argv[1:], flush=True)
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, lambda *_: done.set())
    done.wait()
    for server in servers:
        server.shutdown()
        server.server_close()
    time.sleep(0.2)  # let the last answers go out


main()
