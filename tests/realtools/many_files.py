#!/usr/bin/env python3
"""A spec with many outputs, for the kill proof:   many_files.py RELEASE FIRST ENVIRONMENTS >specc.yaml

Each environment is a compose file, a public env file and a template in a folder of its own; the release is in
every one of them, so that the tree of one release differs from the tree of another in every file.
With another FIRST, some files are new and some are gone as well."""
import sys

release, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
print(f"""specc: 1
system: {{name: many}}
vars:
  app:
    RELEASE: "{release}"
    TOKEN: {{secret: true, required: true, doc: of release {release}}}
services:
  web:
    image: "example/web:{release}"
    port: 8000
    vars: [app]
    env: {{BUILD: "{release}"}}
environments:""")
for i in range(first, first + count):
    at = f"out/e{i:03}"
    print(f"""  e{i:03}:
    target: compose
    file: {at}/docker-compose.yml
    env_files: [{at}/.env.public, {at}/.env]
    public: {at}/.env.public
    template: {at}/.env.template""")
