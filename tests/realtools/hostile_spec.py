#!/usr/bin/env python3
"""A spec whose values, arguments and files are as hostile as those of examples/values, for every way into a container.

Usage: hostile_spec.py EXPECTED.json DIRECTORY: writes DIRECTORY/specc.json and the files that it mounts.
"""
import json
import pathlib
import sys

expected = json.load(open(sys.argv[1]))
root = pathlib.Path(sys.argv[2])
literal = {name: value.replace("${", "$${") for name, value in expected.items()}
(root / "files").mkdir(parents=True, exist_ok=True)
(root / "files/text.conf").write_text("".join(f"{value}\n" for value in expected.values()), newline="")
(root / "files/binary.bin").write_bytes(bytes(range(256)) * 4)
(root / "files/status.yaml").write_text("a: 1\nstatus: {b: $HOME}\n---\nc: $(whoami)\n")
spec = {
    "specc": 1,
    "system": {"name": "hostile"},
    "vars": {"whole": literal, "extra": {"PASSWORD": {"secret": "openssl rand -hex 8"}}},
    "services": {
        "app": {
            "image": "app:1", "port": 8000, "vars": ["whole", "extra"],
            "run": ["serve", *literal.values()],
            "env": {f"OWN_{name}": value for name, value in literal.items()} | {"WITH_SECRET": "a$${PASSWORD} ${PASSWORD}$(PASSWORD)$"},
            "mounts": ["./files/text.conf:/etc/app/text.conf:ro", "./files/binary.bin:/etc/app/binary.bin:ro",
                       "./files:/etc/all:ro,config"],
        }
    },
    "environments": {"cluster": {"target": "k8s", "file": "k8s"}},
}
(root / "specc.json").write_text(json.dumps(spec))
