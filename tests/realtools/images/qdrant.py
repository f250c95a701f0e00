#!/usr/bin/python3
"""Stand-in for Qdrant: its REST API for collections, points, aliases and snapshots, and its API key.

It finds nothing by vector; what it is given it keeps, in /qdrant/storage, and gives back. A snapshot is a file in
/qdrant/snapshots/COLLECTION that it refuses to recover from when a byte is missing.
"""
import email.parser
import email.policy
import hashlib
import http.server
import json
import os
import re
import signal
import socket
import sys
import threading
import time
import urllib.parse

STORAGE, SNAPSHOTS = "/qdrant/storage", "/qdrant/snapshots"
KEY = os.environ.get("QDRANT__SERVICE__API_KEY", "")
PORT = int(os.environ.get("QDRANT__SERVICE__HTTP_PORT") or 6333)
LOCK = threading.Lock()


def path_of(name):
    return os.path.join(STORAGE, urllib.parse.quote(name, safe="") + ".json")


def load(path, default=None):
    try:
        with open(path) as file:
            return json.load(file)
    except FileNotFoundError:
        return default


def save(path, value):
    with open(path + ".new", "w") as file:
        json.dump(value, file)
    os.replace(path + ".new", path)


class Refused(Exception):
    pass


def upload_of(headers, body):
    """The part called `snapshot` of a form."""
    head = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode()
    form = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    for part in form.iter_parts() if form.is_multipart() else []:
        if part.get_param("name", header="Content-Disposition") == "snapshot":
            return part.get_payload(decode=True)
    raise Refused(400, "no part of the form is called `snapshot`")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body, kind="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_any(self):
        path = urllib.parse.urlsplit(self.path).path
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if path in ("/", "/healthz", "/livez", "/readyz"):
            return self.answer(200, b"healthz check passed", "text/plain")
        if KEY and self.headers.get("api-key") != KEY:
            return self.answer(403, b"Must provide an API key", "text/plain")
        try:
            with LOCK:
                result = self.result([urllib.parse.unquote(it) for it in path.strip("/").split("/")], body)
        except Refused as why:
            status, message = why.args
            return self.answer(status, json.dumps({"status": {"error": message}, "time": 0.0}).encode())
        if isinstance(result, bytes):
            return self.answer(200, result, "application/octet-stream")
        self.answer(200, json.dumps({"result": result, "status": "ok", "time": 0.0}, separators=(",", ":")).encode())

    def result(self, path, body):
        aliases = load(path_of("aliases") + "s", {})
        listed = [{"alias_name": name, "collection_name": to} for name, to in aliases.items()]
        match [self.command, *path]:
            case ["GET", "aliases"]:
                return {"aliases": listed}
            case ["GET", "collections"]:
                names = sorted(it for it in os.listdir(STORAGE) if it.endswith(".json"))
                return {"collections": [{"name": urllib.parse.unquote(it[:-5])} for it in names]}
            case ["POST", "collections", "aliases"]:
                for action in json.loads(body)["actions"]:
                    it = action["create_alias"]
                    if not os.path.exists(path_of(it["collection_name"])):
                        raise Refused(404, "no such collection")
                    aliases[it["alias_name"]] = it["collection_name"]
                save(path_of("aliases") + "s", aliases)
                return True
            case ["PUT", "collections", name]:
                save(path_of(name), {"config": json.loads(body), "points": {}})
                return True
            case ["POST", "collections", name, "snapshots", "upload"]:
                return self.recover(name, upload_of(self.headers, body))
            case [_, "collections", name, *rest]:
                found = load(path_of(name))
                if found is None:
                    raise Refused(404, f"Not found: Collection `{name}` doesn't exist!")
                return self.of_collection(name, found, rest, body)
        raise Refused(404, "no such path")

    def of_collection(self, name, found, rest, body):
        folder = os.path.join(SNAPSHOTS, name)
        match [self.command, *rest]:
            case ["DELETE"]:
                os.remove(path_of(name))
                return True
            case ["PUT", "points"]:
                found["points"].update({str(it["id"]): it for it in json.loads(body)["points"]})
                save(path_of(name), found)
                return {"operation_id": 0, "status": "completed"}
            case ["POST", "points", "scroll"]:
                return {"points": sorted(found["points"].values(), key=lambda it: it["id"]), "next_page_offset": None}
            case ["POST", "snapshots"]:
                os.makedirs(folder, exist_ok=True)
                data = json.dumps(found).encode()
                data = hashlib.sha256(data).hexdigest().encode() + b"\n" + data
                file = f"{name}-{time.time_ns()}.snapshot"
                with open(os.path.join(folder, file), "wb") as out:
                    out.write(data)
                return {"name": file, "creation_time": "2026-01-01T00:00:00", "size": len(data)}
            case ["GET", "snapshots"]:
                return [{"name": it} for it in os.listdir(folder)] if os.path.isdir(folder) else []
            case ["GET" | "DELETE", "snapshots", file] if re.fullmatch(r"[\w.-]+", file):
                path = os.path.join(folder, file)
                if not os.path.exists(path):
                    raise Refused(404, f"Not found: Snapshot {file}")
                if self.command == "DELETE":
                    os.remove(path)
                    return True
                with open(path, "rb") as snapshot:
                    return snapshot.read()
        raise Refused(404, "no such path")

    def recover(self, name, data):
        digest, _, content = data.partition(b"\n")
        if hashlib.sha256(content).hexdigest().encode() != digest:
            raise Refused(400, "the snapshot is damaged")
        save(path_of(name), json.loads(content))
        return True

    do_GET = do_POST = do_PUT = do_DELETE = handle_any

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


os.makedirs(STORAGE, exist_ok=True)
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda *_: os._exit(0))
grpc = socket.create_server(("", int(os.environ.get("QDRANT__SERVICE__GRPC_PORT") or 6334)))
print("qdrant: listening on", PORT, file=sys.stderr, flush=True)
Server(("", PORT), Handler).serve_forever()
