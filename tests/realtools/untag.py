#!/usr/bin/env python3
"""A compose overlay without compose's merge tags, for validators that know plain YAML only: a key with
`!reset` is left out, the value of an `!override` stays.   untag.py FILE >PLAIN"""
import sys

import yaml

GONE = object()


class Loader(yaml.SafeLoader):
    pass


def override(loader, node):
    kinds = {yaml.MappingNode: loader.construct_mapping, yaml.SequenceNode: loader.construct_sequence}
    make = kinds.get(type(node))
    return make(node, deep=True) if make else loader.construct_scalar(node)


def prune(value):
    if isinstance(value, dict):
        return {k: prune(v) for k, v in value.items() if v is not GONE}
    return [prune(v) for v in value if v is not GONE] if isinstance(value, list) else value


Loader.add_constructor("!reset", lambda loader, node: GONE)
Loader.add_constructor("!override", override)
with open(sys.argv[1]) as file:
    yaml.safe_dump(prune(yaml.load(file, Loader=Loader)), sys.stdout, sort_keys=False)
