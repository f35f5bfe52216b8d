"""A small site behind the real edge: what is tested here must not depend on the product's views."""

import os
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from notes_api.tests.settings import *  # noqa: F403

if Path(os.environ.get("EDGE_MISTAKE", "/nowhere")).exists():
    raise ImproperlyConfigured("A mistake was made.")

# As in `live_server_settings`.
sys.modules["requests"] = sys.modules["pygments"] = None

HOST, PORT = "127.0.0.1", int(os.environ.get("EDGE_PORT", "0"))
WEB_CONCURRENCY = int(os.environ.get("EDGE_WORKERS", "1"))
REQUEST_TIMEOUT = float(os.environ.get("EDGE_REQUEST_TIMEOUT", "0"))
REQUEST_TIMEOUTS = {"/admin": 30} if REQUEST_TIMEOUT else {}
ROOT_URLCONF = "notes_api.tests.edge.urls"
INSTALLED_APPS = ["rest_framework"]
MIDDLEWARE = ["whitenoise.middleware.WhiteNoiseMiddleware"]
WHITENOISE_ROOT = os.environ.get("EDGE_FILES")
WHITENOISE_USE_FINDERS = False
LOGGING_CONFIG = None
BODY_LIMITS = {"/guarded": 8 * 1024 * 1024, "/guarded/small": 128 * 1024}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["notes_api.tests.edge.authentication.KeyAuthentication"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "UNAUTHENTICATED_USER": None,
}
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": os.environ["EDGE_DATABASE"].partition(":")[0],
        "PORT": os.environ["EDGE_DATABASE"].partition(":")[2],
        "NAME": "postgres",
        "USER": "postgres",
        "CONN_MAX_AGE": 3600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 3},
    }
    if os.environ.get("EDGE_DATABASE")
    else {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
}
