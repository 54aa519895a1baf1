"""Plain Django admin over the same table of customers, for comparison alone: served beside the console, reads only.

gunicorn tests.bench.plain:application      with STEWARD_DATA of the console whose customers it shows
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import django
from django.conf import settings

from console import embedded

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

HERE = "tests.bench.plain"
SERVER = embedded.Server(Path(os.environ["STEWARD_DATA"]))
settings.configure(
    SECRET_KEY="of a measurement",
    ALLOWED_HOSTS=["localhost"],
    ROOT_URLCONF=HERE,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": str(SERVER.host),
            "NAME": embedded.DATABASE,
            "USER": embedded.APPLICATION,
            "CONN_MAX_AGE": 60,
        }
    },
    INSTALLED_APPS=[
        *("django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes"),
        *("django.contrib.sessions", "django.contrib.messages"),
    ],
    MIDDLEWARE=[
        *("django.contrib.sessions.middleware.SessionMiddleware", f"{HERE}.everybody_may"),
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    MESSAGE_STORAGE="django.contrib.messages.storage.cookie.CookieStorage",
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    *("django.template.context_processors.request", "django.contrib.auth.context_processors.auth"),
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    STATIC_URL="/static/",
    USE_TZ=True,
)
django.setup()

from django.contrib import admin  # noqa: E402 - once it is set up
from django.contrib.auth.models import User  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models  # noqa: E402
from django.urls import path  # noqa: E402


class Customer(models.Model):
    """The columns that its list shows and its search looks through."""

    external_id = models.CharField(max_length=700)
    name = models.CharField(max_length=300)
    sort_name = models.CharField(max_length=300)
    email = models.CharField(max_length=320)
    phone = models.CharField(max_length=40)
    known_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "admin"
        managed = False
        db_table = "console_customer"

    def __str__(self) -> str:
        return self.name


class CustomerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # it has none when it runs
    """As anybody would write it."""

    list_display = ("name", "external_id", "email", "phone", "known_at")
    search_fields = ("name", "email", "phone", "external_id")
    ordering = ("sort_name",)
    list_per_page = 50


def everybody_may(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Nobody signs in: it is reached from this machine alone, for some seconds."""
    everybody = User(pk=1, username="bench", is_staff=True, is_superuser=True)

    def middleware(request: HttpRequest) -> HttpResponse:
        request.user = everybody  # type: ignore[assignment]  # Django's own person, here
        return get_response(request)

    return middleware


site = admin.AdminSite()
site.register(Customer, CustomerAdmin)
urlpatterns = [path("admin/", site.urls)]
application = get_wsgi_application()
