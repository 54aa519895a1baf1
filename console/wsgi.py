"""What a WSGI server serves: the console, once its configuration was found fit."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

try:
    application = get_wsgi_application()

    from console import checks

    checks.refuse_what_cannot_work()
except ImproperlyConfigured as problem:
    sys.exit(str(problem))
