"""The console's settings for its tests: a local console with a database server and a folder of its own."""

import os
from pathlib import Path

os.environ["STEWARD_LOCAL"] = "true"
os.environ["STEWARD_DATA"] = str(Path(__file__).resolve().parent.parent / "var" / "test")

from console.settings import *  # noqa: F403 all of them
from console.settings import DATABASES, STEWARD_DATA
from tests.server import server

# Every connection ends with its test.
EMBEDDED = server(STEWARD_DATA)
for each in DATABASES.values():
    each["CONN_MAX_AGE"] = 0
    if each["ENGINE"] == "console.embedded":
        each["HOST"] = str(EMBEDDED.host)

# Signing in is not what the tests measure.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
