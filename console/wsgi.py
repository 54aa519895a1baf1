"""What a WSGI server serves: the console, once its configuration was found fit."""

import gc
import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

GIVE_UP = 3  # gunicorn starts a worker again and again, unless it ends with this

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

try:
    application = get_wsgi_application()

    from console import checks

    checks.refuse_what_cannot_work()
except ImproperlyConfigured as problem:
    print(problem, file=sys.stderr)
    sys.exit(GIVE_UP)

# What is there by now stays for good. Looking through it for garbage held up a page now and then for 80 ms.
gc.collect()
gc.freeze()
