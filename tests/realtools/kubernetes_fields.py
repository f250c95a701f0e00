#!/usr/bin/env python3
"""Which fields Kubernetes objects have, in the notation of src/kubernetes/fields.txt.

    kubernetes_fields.py           print the table, from what the installed package kubernetes-validate carries
    kubernetes_fields.py FILE      exit 1 with a diff unless FILE is that table

So the table is a fact that CI proves against the published API of every minor version the package knows, and moving to
a newer Kubernetes is: install the newer package, print, read the diff.
"""

import difflib
import json
import pathlib
import re
import sys

import kubernetes_validate

GROUPS = {
    "", "apps", "batch", "autoscaling", "policy", "networking.k8s.io", "rbac.authorization.k8s.io",
    "storage.k8s.io", "scheduling.k8s.io", "coordination.k8s.io", "discovery.k8s.io", "node.k8s.io",
}
# Kinds that nobody keeps in a repository; they are known by name only.
BY_NAME_ONLY = {
    "Binding", "ComponentStatus", "ControllerRevision", "CSIDriver", "CSINode", "CSIStorageCapacity", "Event",
    "Eviction", "Node", "PodTemplate", "Scale", "TokenRequest", "VolumeAttachment",
}
NOT_OBJECTS = {"DeleteOptions", "WatchEvent", "Status", "APIGroup", "APIVersions", "APIResourceList"}
WELL_KNOWN = {"Quantity": "quantity", "IntOrString": "int-or-string", "Time": "time", "MicroTime": "time",
              "FieldsV1": "any", "RawExtension": "any", "JSON": "any"}
SCALARS = {"string": "string", "integer": "int", "boolean": "bool", "number": "number"}
WIDTH = 118


def definitions():
    """Returns the definitions of each minor version."""
    base = pathlib.Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"
    found = {}
    for folder in base.glob("v1.*-local"):
        minor = int(re.match(r"v1\.(\d+)\.", folder.name).group(1))
        found[minor] = json.loads((folder / "_definitions.json").read_text())["$defs"]
    return dict(sorted(found.items()))


def type_of(schema):
    """Returns a type as the table writes it, and the definition that it refers to."""
    if "$ref" in schema:
        full = schema["$ref"].split("/")[-1]
        short = full.split(".")[-1]
        return (WELL_KNOWN[short], None) if short in WELL_KNOWN else (full, full)
    kinds = schema.get("type")
    kinds = [it for it in (kinds if isinstance(kinds, list) else [kinds]) if it != "null"]
    kind = kinds[0] if len(kinds) == 1 else None
    if kind == "array":
        inner, refers = type_of(schema["items"])
        return f"[{inner}]", refers
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        inner, refers = type_of(schema["additionalProperties"])
        return f"{{{inner}}}", refers
    if kind == "string" and schema.get("format") == "byte":
        return "base64", None
    return SCALARS.get(kind, "any"), None


def collect(versions):
    """Returns kinds as {(apiVersion, kind): {minor: definition}} and types as {definition: {field: {minor: …}}}."""
    kinds, types = {}, {}
    for minor, all_of in versions.items():
        for name, schema in all_of.items():
            for it in schema.get("x-kubernetes-group-version-kind", []):
                if it["group"] in GROUPS and it["kind"] not in NOT_OBJECTS and not it["kind"].endswith("List"):
                    api = f"{it['group']}/{it['version']}".lstrip("/")
                    kinds.setdefault((api, it["kind"]), {})[minor] = name
    for (api, kind), by_minor in kinds.items():
        if kind in BY_NAME_ONLY or not re.search(r"(^|/)v\d+$", api):
            continue
        for minor, name in by_minor.items():
            follow(versions[minor], minor, name, types)
    return kinds, types


def follow(all_of, minor, start, types):
    """Adds a definition and all that it refers to."""
    waiting, seen = [start], set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        fields = types.setdefault(name, {})
        required = all_of[name].get("required") or []
        for field, schema in (all_of[name].get("properties") or {}).items():
            # What servers write is nobody's to get wrong.
            kind, refers = ("any", None) if field in ("status", "managedFields") else type_of(schema)
            fields.setdefault(field, {})[minor] = (kind, field in required)
            waiting += [refers] if refers else []


def short_names(types):
    """Returns a short name for each definition; where two would be alike, the group and version go before it."""
    alike = {}
    for name in types:
        alike.setdefault(name.split(".")[-1], []).append(name)
    return {name: short if len(names) == 1 else "".join(name.split(".")[-3:])
            for short, names in alike.items() for name in names}


def span(minors, first, last):
    """Returns `@30-` for what came in 1.30, `@-32` for what left after 1.32, nothing for what was always there."""
    since, until = min(minors), max(minors)
    if since == first and until == last:
        return ""
    return f"@{'' if since == first else since}-{'' if until == last else until}"


def table():
    """Returns the whole table as text."""
    versions = definitions()
    first, last = min(versions), max(versions)
    kinds, types = collect(versions)
    short = short_names(types)
    shorten = lambda it: re.sub(r"io\.k8s\.[\w.]+", lambda match: short[match.group(0)], it)
    lines = [f"versions 1.{first} 1.{last}", ""]
    for (api, kind), by_minor in sorted(kinds.items()):
        name = by_minor[max(by_minor)]
        lines.append(f"kind {api} {kind} {short.get(name, 'any')}{span(by_minor, first, last)}")
    for name in sorted(types, key=lambda it: short[it]):
        lines.append(f"\ntype {short[name]}")
        words = []
        # A type that came later has had its fields for as long as it is there.
        known = {minor for by_minor in types[name].values() for minor in by_minor}
        for field, by_minor in sorted(types[name].items()):
            kind = shorten(by_minor[max(by_minor)][0])
            mark = "!" if all(it[1] for it in by_minor.values()) else ""
            words.append(f"{field}{mark}:{kind}{span(by_minor, min(known), max(known))}")
        line = ""
        for word in words:
            if line and len(line) + len(word) > WIDTH:
                lines.append(line)
                line = ""
            line += f" {word}"
        lines += [line] if line else []
    return "\n".join(lines) + "\n"


def main():
    head = "# Generated by tests/realtools/kubernetes_fields.py, which says what this is; src/kubernetes/fields.rs reads it.\n"
    wanted = head + table()
    if len(sys.argv) < 2:
        sys.stdout.write(wanted)
        return 0
    found = pathlib.Path(sys.argv[1]).read_text()
    sys.stdout.writelines(difflib.unified_diff(found.splitlines(True), wanted.splitlines(True), sys.argv[1], "published"))
    return int(found != wanted)


if __name__ == "__main__":
    sys.exit(main())
