"""Says what the installed pydantic makes of the settings classes of tests/data/settings.tsv.

Reads one JSON object a line and writes one a line, for tests/it/settings.rs. `source` defines the class S, `env` is
the environment, `env_file` the text of one, `kwargs` what S is called with.
"""

import json
import os
import re
import sys
import tempfile
import warnings

import pydantic

warnings.simplefilter("ignore")
IS_V1 = pydantic.VERSION.startswith("1.")

HEAD = """from enum import Enum
from pathlib import Path
from typing import *
from typing import Annotated
from pydantic import BaseModel, Field, SecretStr, AnyUrl
"""
HEAD += (
    "from pydantic import BaseSettings\n"
    if IS_V1
    else """from pydantic import AliasChoices, AliasPath, BeforeValidator, field_validator, computed_field
from pydantic_settings import BaseSettings, SettingsConfigDict, NoDecode
"""
)


def spelled(source):
    """Spells CONFIG(a=1, b=2) as this version does."""
    if not IS_V1:
        return source.replace("CONFIG(", "model_config = SettingsConfigDict(")
    return re.sub(r" {4}CONFIG\((.*)\)", lambda it: "    class Config:\n        " + it.group(1).replace(", ", "\n        "), source)


def errors_of(error):
    if not hasattr(error, "errors"):
        field = re.search(r'(?:field|env var) "(\w+)"', str(error))
        return [[field.group(1).lower() if field else "*", "unread"]]
    kinds = {"missing": "missing", "value_error.missing": "missing", "extra_forbidden": "extra", "value_error.extra": "extra"}
    found = [[str(it["loc"][0]) if it["loc"] else "*", kinds.get(it["type"], "bad")] for it in error.errors()]
    return sorted(map(list, set(map(tuple, found))))


def plain(value):
    """A value as an env file would spell it; None for what is not a simple value."""
    value = getattr(value, "value", value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, str)) else None


def ask(case):
    for name in list(os.environ):
        del os.environ[name]
    os.environ.update(case.get("env", {}))
    kwargs = dict(case.get("kwargs", {}))
    if "env_file" in case:
        with tempfile.NamedTemporaryFile("w", suffix=".env", delete=False) as file:
            file.write(case["env_file"])
        kwargs["_env_file"] = file.name
    space = {"__name__": "case"}
    try:
        exec(compile(HEAD + spelled(case["source"]), "case", "exec"), space)
    except Exception:
        return {"refused": True}
    try:
        made = space["S"](**kwargs)
    except Exception as error:
        return {"errors": errors_of(error)}
    values = made.dict() if IS_V1 else made.model_dump()
    return {"values": {name: plain(values[name]) for name in (made.__fields__ if IS_V1 else type(made).model_fields)}}


for line in sys.stdin:
    print(json.dumps(ask(json.loads(line)), sort_keys=True))
