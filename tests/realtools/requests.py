#!/usr/bin/env python3
"""Asks a real proxy the requests of a table, and says which answers are not those that the table wants.

  requests.py variant SPEC.yaml ENVIRONMENT labels|file|nginx     the spec for another proxy, on stdout
  requests.py ask KIND TABLE SPEC.yaml ENVIRONMENT PROJECT.json [FILE]

`variant` changes nothing but the proxy: routes, hosts and entry points stay. `ask` starts the proxy in a network and
mount namespace of its own with what was generated (labels and flags in PROJECT.json, or the file), a name server that
knows every service, and a stand-in for each, which answers with its name, port and what it was asked. Each line of
the table is `[METHOD[:SIZE]] URL<TAB>WANT[<TAB>HEADER: VALUE]...`; WANT is `service:port /path` or a status, with the
Location after a redirect; a header after `>` is one that the service was sent. Prints `ok` and `FAIL` lines.
"""
import base64
import http.client
import http.server
import json
import os
import re
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

import yaml

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
PROJECT = os.environ.get("REQUESTS_PROJECT", "")
USERS = "admin:{SHA}" + base64.b64encode(bytes.fromhex("e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4")).decode() + "\n"  # secret


class Loader(yaml.SafeLoader):
    """YAML as specc reads it: `on` and `no` are words."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:bool"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))


def ingress_of(spec, environment):
    own = (spec["environments"][environment] or {}).get("ingress") or {}
    return {**(spec.get("ingress") or {}), **own}


def on_a_machine(environment):
    """What Kubernetes has its own ingress for is asked of a proxy here: the routes, hosts and ports are the same."""
    if environment["target"] == "k8s":
        environment.update(target="compose", file="compose.under-test.yml")
        environment.pop("kubernetes")
        environment["ingress"].pop("class", None)
        for service in environment["services"].values():
            service.pop("health", None)  # the cluster asks by itself; here the image would need a client


def variant(path, environment, kind):
    with open(path) as file:
        spec = yaml.load(file, Loader)
    ingress = ingress_of(spec, environment)
    on_a_machine(spec["environments"][environment])
    for key in ("image", "version", "file", "static", "constraint", "dashboard", "log_level", "service"):
        ingress.pop(key, None)
    ingress["kind"] = "nginx" if kind == "nginx" else "traefik"
    if kind != "labels":
        ingress["file"] = "proxy-under-test.conf"
    if kind == "nginx":
        ingress["version"] = "1.22"
        if ingress.get("tls") in ("edge", "files"):
            ingress["tls"] = {ingress["tls"]: {"certificate": "/etc/ssl/site.pem", "key": "/etc/ssl/site.key"}}
    if isinstance(ingress.get("client_ip"), str):
        ingress["client_ip"] = {"header": ingress["client_ip"], "from": ["127.0.0.1/32"]}
    name = ingress.get("only")
    spec.pop("ingress", None)
    spec["environments"][environment]["ingress"] = {k: v for k, v in ingress.items() if k != "only"}
    for other, it in spec["environments"].items():
        if other != environment:  # nothing else is asked; a route without a proxy would be an error there
            (it or {}).pop("ingress", None)
    if name is not None or not all((it or {}).get("ingress") for it in spec["environments"].values()):
        spec["ingress"] = {**spec["environments"][environment].pop("ingress"), "only": [environment]}
    yaml.safe_dump(spec, sys.stdout, sort_keys=False, allow_unicode=True)


class Names(threading.Thread):
    """A name server on 127.0.0.11, where an engine has its own: each name gets an address."""

    def __init__(self, addresses):
        super().__init__(daemon=True)
        self.addresses = addresses
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.11", 53))

    def run(self):
        while True:
            query, caller = self.socket.recvfrom(512)
            at, labels = 12, []
            while query[at]:
                labels.append(query[at + 1:at + 1 + query[at]].decode())
                at += 1 + query[at]
            question, kind = query[12:at + 5], struct.unpack("!H", query[at + 1:at + 3])[0]
            address = self.addresses.get(".".join(labels))
            found = 1 if address and kind == 1 else 0
            reply = query[:2] + struct.pack("!HHHHH", 0x8180 if address else 0x8183, 1, found, 0, 0) + question
            if found:
                reply += b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 1, 4) + socket.inet_aton(address)
            self.socket.sendto(reply, caller)


def stand_in(name, address, port):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            length = int(self.headers.get("Content-Length") or 0)
            while length:
                length -= len(self.rfile.read(min(length, 1 << 16)))
            if self.headers.get("Upgrade") == "websocket" and "upgrade" in self.headers.get("Connection", "").lower():
                self.send_response(101)
                self.send_header("Upgrade", "websocket")
                self.send_header("Connection", "Upgrade")
                self.send_header("X-Was-Asked", f"{name}:{port} {self.path}")
                self.end_headers()
                self.close_connection = True
                return
            body = json.dumps({"who": f"{name}:{port} {self.path}", "headers": dict(self.headers)}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-Frame-Options", "SAMEORIGIN")
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT = do_GET

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer((address, port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()


def start_services(text, project):
    """Starts a stand-in for each upstream that a configuration names; it says its service's name, whatever it is called by."""
    known = {it.get("container_name", name): name for name, it in project["services"].items()}
    known.update({f"{project.get('name') or PROJECT}_{name}": name for name in project["services"]})
    found = sorted(set(re.findall(r"http://([\w.-]+):(\d+)", text)))
    addresses = {name: f"127.1.0.{n + 1}" for n, name in enumerate(sorted({name for name, _ in found}))}
    for name, port in found:
        stand_in(known.get(name, name), addresses[name], int(port))
    Names(addresses).start()


def certificate(directory):
    pem = os.path.join(directory, "site.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", pem + ".key", "-out", pem,
                    "-days", "2", "-subj", "/CN=test"], check=True, capture_output=True)
    return pem


def filled(text, environment):
    """What the image's entry point makes of a template."""
    return re.sub(r"\$\{(\w+)\}", lambda m: environment.get(m[1], m[0]), text)


def start_nginx(directory, path, environment):
    with open(path) as file:
        site = filled(file.read(), environment)
    pem, users = certificate(directory), os.path.join(directory, "users")
    site = re.sub(r"(ssl_certificate|ssl_client_certificate) \S+;", rf"\1 {pem};", site)
    site = re.sub(r"ssl_certificate_key \S+;", f"ssl_certificate_key {pem}.key;", site)
    site = re.sub(r"auth_basic_user_file \S+;", f"auth_basic_user_file {users};", site)
    site = re.sub(r"listen (\d+)", r"listen 127.0.0.1:\1", site)
    if "default_server" not in site:  # an http block elsewhere has a server for whom nobody else takes
        for port, tls in sorted(set(re.findall(r"listen 127.0.0.1:(\d+)( ssl)?", site))):
            pair = f"ssl_certificate {pem}; ssl_certificate_key {pem}.key;" if tls else ""
            site = f"server {{ listen 127.0.0.1:{port}{tls} default_server; {pair} return 404; }}\n" + site
    with open(os.path.join(directory, "site.conf"), "w") as file:
        file.write(site)
    main = os.path.join(directory, "nginx.conf")
    with open(main, "w") as file:
        file.write(f"user root; daemon off; pid {directory}/pid; error_log {directory}/log warn;\n"
                   f"events {{}}\nhttp {{ access_log off; client_body_temp_path {directory}/body;\n"
                   f"proxy_temp_path {directory}/proxy; fastcgi_temp_path {directory}/f; uwsgi_temp_path {directory}/u;\n"
                   f"scgi_temp_path {directory}/s; include {directory}/site.conf; }}\n")
    tested = subprocess.run(["nginx", "-t", "-c", main], capture_output=True, text=True)
    said = [line for line in tested.stderr.splitlines() if "syntax is ok" not in line and "is successful" not in line]
    report(not said and tested.returncode == 0, "nginx -t accepts it without a word", "; ".join(said[:3]))
    return site, subprocess.Popen(["nginx", "-c", main], stderr=subprocess.DEVNULL)


def start_traefik(directory, kind, project, ingress, path):
    import traefik_labels
    tree = traefik_labels.routes(project)
    if path and kind == "file":
        environment = proxy_environment(project)
        with open(path) as file:
            text = re.sub(r"\{\{ env `(\w+)` \}\}", lambda m: environment[m[1]], file.read())
        tree = yaml.safe_load(text)
    if not any("--entrypoints." in str(s.get("command") or "").lower() for s in project["services"].values()):
        points = {}
        for name, it in (ingress.get("entrypoints") or {}).items():
            points[name] = {"address": f":{it['port']}"}
            if it.get("redirect"):
                points[name]["http"] = {"redirections": {"entryPoint": {"to": it["redirect"], "scheme": "https"}}}
        config = {"entryPoints": points}
    else:
        config = traefik_labels.static(project, {})
    resolvers = [k for k in config if k.lower() == "certificatesresolvers"]
    names = {n.lower() for k in resolvers for n in config.pop(k)}
    for router in tree["http"]["routers"].values():  # nobody answers for an authority here
        tls = next((v for k, v in router.items() if k.lower() == "tls"), None)
        if isinstance(tls, dict):
            for key in [k for k, v in tls.items() if k.lower() == "certresolver" and (v.lower() in names or not names)]:
                tls.pop(key)
    for middleware in tree["http"].get("middlewares", {}).values():
        for name, settings in middleware.items():
            if name.lower() == "basicauth":
                settings.clear()
                settings["usersFile"] = os.path.join(directory, "users")
    points = next(v for k, v in config.items() if k.lower() == "entrypoints")
    for point in points.values():
        key = next(k for k in point if k.lower() == "address")
        point[key] = "127.0.0.1" + point[key]
    points["traefik"] = {"address": "127.0.0.1:8099"}
    config["api"] = {"insecure": True}
    for key in [k for k in config if k.lower() == "providers"]:
        config.pop(key)
    config["providers"] = {"file": {"filename": f"{directory}/dynamic.yml"}}
    config["log"] = {"level": "WARN", "filePath": f"{directory}/log"}
    tree.pop("tls", None)
    with open(f"{directory}/dynamic.yml", "w") as file:
        yaml.safe_dump(tree, file)
    with open(f"{directory}/static.yml", "w") as file:
        yaml.safe_dump(config, file)
    text = open(f"{directory}/dynamic.yml").read()
    return text, subprocess.Popen(["traefik", f"--configFile={directory}/static.yml"], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)


def proxy_environment(project):
    for service in project["services"].values():
        if any("proxy-under-test" in str(mount) for mount in service.get("volumes") or []):
            return service.get("environment") or {}
    for service in project["services"].values():
        if any("/etc/nginx" in str(mount) or "/etc/traefik" in str(mount) for mount in service.get("configs") or []):
            return service.get("environment") or {}
    return {}


failed = 0


def report(fine, what, why=""):
    global failed
    failed += not fine
    print(f"ok    {what}" if fine else f"FAIL  {what}: {why}", flush=True)


def request(line, pem):
    method, _, url = line.rpartition(" ")
    method, _, size = (method or "GET").partition(":")
    parts = urllib.parse.urlsplit(url)
    headers = {"Host": parts.hostname, "Connection": "close", "X-Forwarded-For": "6.6.6.6"}
    if parts.username:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
    if method == "WS":
        method = "GET"
        headers.update({"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
                        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="})
    port = parts.port or (443 if parts.scheme == "https" else 80)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    raw = socket.create_connection(("127.0.0.1", port), timeout=10)
    if parts.scheme == "https":
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if os.path.exists(pem):
            context.load_cert_chain(pem, pem + ".key")
        raw = context.wrap_socket(raw, server_hostname=parts.hostname)
    connection.sock = raw
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    if size and int(size) > 10_000_000:  # refused for its length alone, before the body is sent
        headers["Content-Length"] = size
        connection.request(method, target, headers=headers)
    else:
        connection.request(method, target, body=b"x" * int(size) if size else None, headers=headers)
    reply = connection.getresponse()
    got = {"status": reply.status, "headers": reply.headers, "sent": {}, "who": reply.headers.get("X-Was-Asked")}
    if reply.status == 200:
        told = json.loads(reply.read())
        got.update(who=told["who"], sent={k.lower(): v for k, v in told["headers"].items()})
    connection.close()
    base = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "") + target
    location = reply.headers.get("Location")
    got["answer"] = got["who"] or str(reply.status)
    if location:
        got["answer"] = f"{reply.status} {urllib.parse.urljoin(base, location)}"
    return got


def ask(kind, table, spec, environment, project, path):
    with open(spec) as file:
        ingress = ingress_of(yaml.load(file, Loader), environment)
    with open(project) as file:
        # What compose shows can be read by it again, so it doubles each `$`.
        project = json.loads(file.read().replace("$$", "$"))
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    directory = tempfile.mkdtemp()
    os.chmod(directory, 0o755)
    with open(os.path.join(directory, "users"), "w") as file:
        file.write(USERS)
    with open(os.path.join(directory, "resolv.conf"), "w") as file:
        file.write("nameserver 127.0.0.11\noptions ndots:0\n")
    subprocess.run(["mount", "--bind", os.path.join(directory, "resolv.conf"), os.path.realpath("/etc/resolv.conf")], check=True)
    if kind == "nginx":
        text, process = start_nginx(directory, path, proxy_environment(project))
    else:
        text, process = start_traefik(directory, kind, project, ingress, path)
    try:
        start_services(text, project)
        ports = [it["port"] for it in ingress["entrypoints"].values()]
        for _ in range(150):
            try:
                socket.create_connection(("127.0.0.1", ports[-1]), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        time.sleep(1)
        if kind != "nginx":
            for what in ("routers", "middlewares", "services"):
                with urllib.request.urlopen(f"http://127.0.0.1:8099/api/http/{what}", timeout=5) as reply:
                    wrong = [f"{i['name']}: {i.get('error') or i['status']}" for i in json.load(reply)
                             if i.get("error") or i["status"] != "enabled"]
                report(not wrong, f"Traefik's API calls all {what} enabled", "; ".join(wrong))
        rows = [row.rstrip("\n") for row in open(table) if row.strip() and not row.startswith("#")]
        for row in rows:
            line, want, *headers = row.split("\t")
            try:
                got = request(line, os.path.join(directory, "site.pem"))
            except (OSError, http.client.HTTPException) as error:
                report(False, line, repr(error))
                continue
            wrong = [] if got["answer"] == want else [f"wanted {want}, got {got['answer']}"]
            for header in headers:
                name, _, value = header.lstrip(">").partition(": ")
                found = got["sent"].get(name.lower()) if header.startswith(">") else got["headers"].get(name)
                if (found or "") != value:
                    wrong.append(f"{name} is {found!r}")
            report(not wrong, f"{line} -> {want}", "; ".join(wrong))
    finally:
        process.terminate()
        process.wait(timeout=10)
        log = os.path.join(directory, "log")
        if os.path.exists(log):
            lines = [line for line in open(log) if re.search(r"\[(warn|error|crit|emerg)\]|WRN|ERR|level=(warn|error)", line)]
            # Requests that are refused are logged as such.
            # Traefik says at each start what it would recommend.
            lines = [line for line in lines if not re.search(r"encoded characters|aliasHeadersStrategy|body over limit|too large body|no user/password|password mismatch|limiting requests|BasicAuth", line)]
            report(not lines, "nothing is logged as wrong", "".join(lines[:3]).strip())


if sys.argv[1] == "variant":
    variant(*sys.argv[2:5])
elif os.environ.get("REQUESTS_INSIDE"):
    ask(*sys.argv[2:7], sys.argv[7] if len(sys.argv) > 7 else None)
    sys.exit(failed > 0)
else:
    os.environ["REQUESTS_INSIDE"] = "1"
    os.execvp("unshare", ["unshare", "-n", "-m", "--propagation", "private", sys.executable, *sys.argv])
