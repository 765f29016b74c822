"""Django, settings and all in one file; gunicorn's configuration is all that differs."""

import time

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

settings.configure(
    ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="for a trial", MIDDLEWARE=[]
)


def hello(_request):
    return HttpResponse("fair winds\n")


def slow(request):
    time.sleep(float(request.GET["s"]))
    return HttpResponse("fair winds\n")


@csrf_exempt
def upload(request):
    request.read()
    return HttpResponse("fair winds\n")


urlpatterns = [path("", hello), path("slow", slow), path("upload", upload)]
application = get_wsgi_application()
