"""The console's settings for its tests: a local console with a database server and a folder of its own."""

import os
from pathlib import Path

os.environ["STEWARD_LOCAL"] = "true"
os.environ["STEWARD_DATA"] = str(Path(__file__).resolve().parent.parent / "var" / "test")

from console import embedded
from console.settings import *  # noqa: F403 all of them
from console.settings import DATABASES, STEWARD_DATA

# A power cut does not matter here, and every connection ends with its test.
EMBEDDED = embedded.Server(STEWARD_DATA, durable=False)
for each in DATABASES.values():
    each["CONN_MAX_AGE"] = 0

# Signing in is not what the tests measure.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
