#!/usr/bin/env python3
"""Rewrite a Swarm stack so that it works on a kernel without IPVS; everything else stays as it is.

  docker stack config -c stack.yml | swarm_local.py >local.yml && docker stack deploy -c local.yml NAME

Without ip_vs in the kernel a service's virtual IP and the ingress routing mesh carry no traffic. So
service names resolve to the tasks themselves (endpoint_mode: dnsrr), and published ports are published
on the node (mode: host; then only one replica can have the port).
"""
import sys

import yaml

stack = yaml.safe_load(sys.stdin)
for service in stack["services"].values():
    service.setdefault("deploy", {})["endpoint_mode"] = "dnsrr"
    for port in service.get("ports", []):
        port["mode"] = "host"
yaml.safe_dump(stack, sys.stdout, sort_keys=False)
