#!/usr/bin/env python3
"""Rewrite a Swarm stack so that its tasks can run on this machine; everything else stays as it is.

  docker stack config -c stack.yml | swarm_local.py >local.yml && docker stack deploy -c local.yml NAME

- Without ip_vs in the kernel a service's virtual IP and the ingress routing mesh carry no traffic. So service
  names resolve to the tasks themselves (endpoint_mode: dnsrr), and published ports are published on the node
  (mode: host), or not at all where several replicas would want the same port of the one node.
- Nothing can be pulled, and a stand-in has another digest than the image it stands in for: digests go.
- More open files than the machine allows cannot be asked for: such limits are lowered.
"""
import os
import resource
import sys

import yaml


stack = yaml.safe_load(sys.stdin)
ipvs = os.path.exists("/proc/net/ip_vs")  # the engine loads the module for its ingress network, if there is one
files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
for service in stack["services"].values():
    service["image"] = service["image"].split("@")[0]
    limit = (service.get("ulimits") or {}).get("nofile")
    if isinstance(limit, dict):
        limit.update({kind: min(value, files) for kind, value in limit.items()})
    elif limit:
        service["ulimits"]["nofile"] = min(limit, files)
    if not ipvs:
        service.setdefault("deploy", {})["endpoint_mode"] = "dnsrr"
        if service["deploy"].get("replicas", 1) > 1:
            service.pop("ports", None)
        for port in service.get("ports", []):
            port["mode"] = "host"
yaml.safe_dump(stack, sys.stdout, sort_keys=False)
