"""The same two pages, in Django, settings and all in one file."""

from __future__ import annotations

import time

from app_notes import note
from django.conf import settings  # type: ignore[import-untyped]
from django.core.wsgi import get_wsgi_application  # type: ignore[import-untyped]
from django.http import HttpRequest, HttpResponse  # type: ignore[import-untyped]
from django.urls import path  # type: ignore[import-untyped]

note("up")
settings.configure(
    ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="for a trial", MIDDLEWARE=[]
)


def hello(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("fair winds\n")


def slow(request: HttpRequest) -> HttpResponse:
    note("slow")
    time.sleep(float(request.GET["s"]))
    return HttpResponse("fair winds\n")


urlpatterns = [path("", hello), path("slow", slow)]
app = get_wsgi_application()
