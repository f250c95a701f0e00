#!/usr/bin/env python3
"""The Traefik labels and flags of a compose project or stack as configuration files, for traefik_check.py.

  docker compose config --format json | traefik_labels.py DIR      writes DIR/static.yml, DIR/dynamic/labels.yml

Labels and files share one decoder in Traefik, which takes any case and lists with commas, so dotted names
only become nested ones. What the Docker provider does by itself is done here: a router without a service
gets the only one that its labels define, and a service's port becomes a server's address. Prints the number
of routers; a proxy elsewhere is stood in for by the entry points and resolvers that the labels name.
"""
import json
import os
import re
import sys

import yaml

PROVIDER = ("docker", "swarm", "enable", "constraint-label", "tags")  # about the provider, not the routes


def put(tree, path, value):
    """Set a dotted path, where name[0] is the first element of a list."""
    for at, key in enumerate(path):
        last = at == len(path) - 1
        match = re.fullmatch(r"(.+)\[(\d+)\]", key)
        if match:
            found = next((k for k in tree if k.lower() == match[1].lower()), match[1])
            row = tree.setdefault(found, [])
            while len(row) <= int(match[2]):
                row.append({})
            if last:
                row[int(match[2])] = value
            tree = row[int(match[2])]
            continue
        key = next((k for k in tree if k.lower() == key.lower()), key)
        if last:
            if isinstance(tree.get(key), dict):  # entrypoints.web=true beside entrypoints.web.address
                continue
            tree[key] = value
        else:
            if not isinstance(tree.get(key), dict):
                tree[key] = {}
            tree = tree[key]


def labels_of(service):
    found = {}
    for labels in (service.get("labels"), (service.get("deploy") or {}).get("labels")):
        if isinstance(labels, list):
            labels = dict(label.split("=", 1) if "=" in label else (label, "") for label in labels)
        found.update(labels or {})
    return {k: str(v) for k, v in found.items() if k.lower().startswith("traefik.")}


def routes(project):
    tree, owner = {}, {}
    for name, service in project["services"].items():
        labels = labels_of(service)
        if labels.get("traefik.enable", "").lower() != "true":
            continue
        own = {}
        for label, value in labels.items():
            path = label.split(".")[1:]
            if path[0].lower() in PROVIDER:
                continue
            put(own, path, re.sub(r"@(docker|swarm)\b", "@file", value))
        for proto, parts in own.items():
            services = parts.setdefault("services", {})
            for service_name, definition in services.items():
                balancer = next(v for k, v in definition.items() if k.lower() == "loadbalancer")
                server = balancer.pop("server", {})
                if proto == "http":
                    balancer["servers"] = [{"url": f"{server.get('scheme', 'http')}://{name}:{server.get('port', 80)}"}]
                else:
                    balancer["servers"] = [{"address": f"{name}:{server.get('port', 80)}"}]
            for router in parts.get("routers", {}).values():
                if not any(k.lower() == "service" for k in router):
                    router["service"] = next(iter(services)) if len(services) == 1 else f"<{len(services)} services to choose from>"
            for kind, members in parts.items():
                for member, definition in members.items():
                    key = (proto, kind, member)
                    if owner.setdefault(key, name) != name:
                        print(f"{proto} {kind[:-1]} {member} is defined by {owner[key]} and by {name}", file=sys.stderr)
                    if definition:
                        tree.setdefault(proto, {}).setdefault(kind, {})[member] = definition
    return tree


def static(project, tree):
    config = {}
    for service in project["services"].values():
        command = service.get("command") or []
        command = command.split() if isinstance(command, str) else command
        if not any(word.lower().startswith("--entrypoints.") for word in command):
            continue
        for word in command:
            if word.startswith("--"):
                name, _, value = word[2:].partition("=")
                put(config, name.split("."), value or "true")
    if config:
        return config
    names, resolvers = set(), set()
    for parts in tree.values():
        for router in parts.get("routers", {}).values():
            low = {k.lower(): v for k, v in router.items()}
            names.update(n.strip() for n in low.get("entrypoints", "web").split(","))
            if isinstance(low.get("tls"), dict):
                resolvers.update(v for k, v in low["tls"].items() if k.lower() == "certresolver")
    config["entryPoints"] = {n: {"address": f":{8100 + i}"} for i, n in enumerate(sorted(names))}
    if resolvers:
        first = next(iter(config["entryPoints"]))
        config["certificatesResolvers"] = {r: {"acme": {"email": "a@example.org", "storage": "acme.json", "httpChallenge": {"entryPoint": first}}} for r in resolvers}
    return config


def main():
    project, directory = json.load(sys.stdin), sys.argv[1]
    tree = routes(project)
    os.makedirs(os.path.join(directory, "dynamic"), exist_ok=True)
    with open(os.path.join(directory, "dynamic", "labels.yml"), "w") as file:
        yaml.safe_dump(tree, file)
    with open(os.path.join(directory, "static.yml"), "w") as file:
        yaml.safe_dump(static(project, tree), file)
    print(sum(len(parts.get("routers", {})) for parts in tree.values()))


if __name__ == "__main__":
    main()
