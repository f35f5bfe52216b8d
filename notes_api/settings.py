"""The one settings file: every environment variable is read here, once.

The process environment wins over `.env`; `.env.example` and the README list every name.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from notes_api.environment import Environment
from notes_api.mail_url import mailer_of, sender_of

BASE_DIR = Path(__file__).resolve().parent.parent
KIB, MIB = 1024, 1024 * 1024

env = Environment(BASE_DIR / os.environ.get("ENV_FILE", ".env"))

# --- the server ---------------------------------------------------------------------------------------------------

DEBUG = env.flag("DEBUG")
HOST = env.host("HOST", "127.0.0.1")
PORT = env.integer("PORT", 8000, 1, 65535)
WEB_CONCURRENCY = env.integer("WEB_CONCURRENCY", 2, 1, 256)
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
ROOT_URLCONF = "notes_api.urls"

# --- secrets and tokens -------------------------------------------------------------------------------------------

SECRET_KEY = env.secret_key("SECRET_KEY", is_debug=DEBUG)
SECRET_KEY_FALLBACKS = env.secret_keys("SECRET_KEY_FALLBACKS", is_debug=DEBUG)
ALGORITHM = env.choice("ALGORITHM", "HS256", ("HS256", "HS384", "HS512"))
ACCESS_TOKEN_LIFETIME = timedelta(minutes=env.integer("ACCESS_TOKEN_EXPIRE_MINUTES", 30, 1, 60 * 24 * 7))
REFRESH_TOKEN_LIFETIME = timedelta(days=env.integer("REFRESH_TOKEN_EXPIRE_DAYS", 30, 1, 3650))
REFRESH_TOKEN_GRACE = timedelta(seconds=10)

# --- the database: PostgreSQL where DATABASE_HOSTNAME names one, else the embedded SQLite ---------------------------

DATABASE_HOSTNAME = env.text("DATABASE_HOSTNAME")

# Seconds a request may take before it is answered 503. PostgreSQL gives up on a statement after the same time;
# SQLite has no server that could hang, so there the limit only has to outlast its own wait for the write lock.
REQUEST_TIMEOUT = env.integer("REQUEST_TIMEOUT", 5 if DATABASE_HOSTNAME else 25, 0, 600)

# A pooler in transaction mode hands each transaction another session: nothing may be kept in it, or asked of it.
IS_POOLED = env.choice("DATABASE_POOLER", "none", ("none", "transaction")) == "transaction"
SESSION_OPTIONS = (
    f"-c statement_timeout={REQUEST_TIMEOUT}s -c lock_timeout={REQUEST_TIMEOUT}s"
    " -c idle_in_transaction_session_timeout=30s"
    # What is prepared is planned once a connection. A plan for just these values takes longer to make than to run; what
    # is better off with one is not sent with values beside it (see notes_api.compiled).
    " -c plan_cache_mode=force_generic_plan"
)

POSTGRESQL: dict[str, Any] = {
    "ENGINE": "notes_api.postgresql",
    "HOST": DATABASE_HOSTNAME,
    "PORT": env.integer("DATABASE_PORT", 5432, 1, 65535),
    "NAME": env.text("DATABASE_NAME", "notes"),
    "USER": env.text("DATABASE_USERNAME", "notes"),
    "PASSWORD": env.text("DATABASE_PASSWORD"),
    "CONN_MAX_AGE": 3600,
    "CONN_HEALTH_CHECKS": True,
    "OPTIONS": {
        "application_name": "notes_api",
        "connect_timeout": 3,
        **({} if IS_POOLED else {"options": SESSION_OPTIONS}),
    },
    "DISABLE_SERVER_SIDE_CURSORS": IS_POOLED,
}
SQLITE: dict[str, Any] = {
    "ENGINE": "django.db.backends.sqlite3",
    # Beside PostgreSQL nobody looks for it: in a container it may name a directory of another machine.
    "NAME": None if DATABASE_HOSTNAME else env.file("DATABASE_PATH", "notes.sqlite3", BASE_DIR),
    "CONN_MAX_AGE": None,
    "OPTIONS": {
        # A transaction takes the write lock at its start: one that began by reading could no longer get it.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # What is deleted is written over, which many builds of SQLite do anyway.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
    },
}
DATABASES = {"default": POSTGRESQL if DATABASE_HOSTNAME else SQLITE}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- transport: PUBLIC_BASE_URL decides -----------------------------------------------------------------------------

PUBLIC_BASE_URL = env.base_url("PUBLIC_BASE_URL", "http://127.0.0.1:8000")
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS") or list(
    dict.fromkeys(["localhost", "127.0.0.1", "[::1]", PUBLIC_BASE_URL.host])
)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = PUBLIC_BASE_URL.is_https
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 86400 if PUBLIC_BASE_URL.is_https else 0
# Whether other hosts below this one, or browsers' built-in lists, should follow is not for a notes server to say.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
# `notes_api.middleware` removes the header unless one of TRUSTED_PROXIES sent it.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PUBLIC_BASE_URL.is_https else None
CSRF_TRUSTED_ORIGINS = [str(PUBLIC_BASE_URL)] if PUBLIC_BASE_URL.is_https else []
CORS_ALLOWED_ORIGINS = env.origins("CORS_ALLOWED_ORIGINS")
CORS_EXPOSE_HEADERS = ["ETag", "Link", "Location", "Retry-After", "X-Request-ID", "Idempotency-Replayed"]
CORS_ALLOW_HEADERS = ["accept", "authorization", "content-type", "idempotency-key", "if-match", "if-none-match",
                      "last-event-id", "x-request-id"]  # fmt: skip
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

# --- mail -------------------------------------------------------------------------------------------------------------

MAILERS = {"default": mailer_of(env.text("EMAIL_URL", "consolemail://"))}
DEFAULT_FROM_EMAIL = sender_of(env.text("EMAIL_FROM"), PUBLIC_BASE_URL.host)
# Mail, and whatever else no answer waits for, has a thread of its own.
ERRANDS_HAVE_A_THREAD = True

# --- who may do how much ----------------------------------------------------------------------------------------------

REGISTRATION = env.choice("REGISTRATION", "open", ("open", "closed"))
EMAIL_VERIFICATION = env.choice("EMAIL_VERIFICATION", "off", ("off", "optional", "required"))
PASSWORD_MIN_LENGTH = env.integer("PASSWORD_MIN_LENGTH", 8, 8, 128)
THROTTLE_LOGIN = env.rate("THROTTLE_LOGIN", "10/15m")
THROTTLE_REGISTER = env.rate("THROTTLE_REGISTER", "20/1h")
THROTTLE_MAIL = env.rate("THROTTLE_MAIL", "5/1h")
THROTTLE_API = env.rate("THROTTLE_API", "")
# The Redis in which all processes count for THROTTLE_API together.
CACHE_URL = env.redis_url("CACHE_URL")
# Bytes of text an account may keep, in notes, trash and earlier texts; 0 is no limit.
MAX_BYTES_PER_USER = env.integer("MAX_BYTES_PER_USER", 0, 0, 10**12 - 1)

# How long things are kept, in days; and whether a write must name the version it replaces.
TRASH_DAYS = env.integer("TRASH_DAYS", 30, 1, 3650)
TOMBSTONE_DAYS = env.integer("TOMBSTONE_DAYS", 180, 1, 3650)
REQUIRE_IF_MATCH = env.flag("REQUIRE_IF_MATCH")

# These hash passwords: they get a lane of their own, so that a storm of log-ins stops nothing else.
HASHING_PATHS = {"/login", "/users", "/users/me", "/users/me/password", "/users/me/otp", "/users/me/otp/disable",
                 "/users/me/erase", "/password/reset/confirm", "/admin/login/", "/admin/password_change/"}  # fmt: skip
# Where a request may take longer than REQUEST_TIMEOUT, in seconds by path, the longest prefix wins.
SLOW_PATHS = ("/admin", "/users/me/erase")
REQUEST_TIMEOUTS = dict.fromkeys(SLOW_PATHS, max(30, REQUEST_TIMEOUT)) if REQUEST_TIMEOUT else {}

# Bytes of a request body by path, the longest prefix wins. Beyond BODY_LIMIT only a logged-in client is read on.
BODY_LIMIT = 64 * KIB
BODY_LIMITS = {"/notes": 8 * MIB, "/notes/batch": 16 * MIB}
# Bodies longer than a mebibyte wait in a file here, never on a tmpfs.
SPOOL_DIR = env.directory("SPOOL_DIR")

# --- Django -----------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    # Before Django's own: `manage.py changepassword` and the templates of the admin are ours.
    "notes_api",
    "accounts",
    "notes",
    "accounts.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
MIDDLEWARE = [
    "notes_api.middleware.RequestMiddleware",
    "notes_api.middleware.TrustedProxyMiddleware",
    "notes_api.middleware.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "notes_api.admin_middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "notes_api.admin_middleware.AuthenticationMiddleware",
    "notes_api.admin_middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.BCryptSHA256PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
     "OPTIONS": {"user_attributes": ["email"]}},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
     "OPTIONS": {"min_length": PASSWORD_MIN_LENGTH}},
    {"NAME": "accounts.passwords.TextValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]  # fmt: skip

LOGGING_CONFIG = "notes_api.logs.configure"
LOGGING = {"level": LOG_LEVEL}

# --- Django REST Framework --------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated", "accounts.permissions.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["notes_api.throttling.ApiThrottle"],
    "DEFAULT_PARSER_CLASSES": ["notes_api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["notes_api.renderers.FastJSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "notes_api.negotiation.QuickNegotiation",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "notes_api.problems.exception_handler",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Cloud Notes API",
    "VERSION": "1.0.0",
    "DESCRIPTION": "Your notes on your own server, behind an API you can trust.",
    "LICENSE": {"name": "MIT"},
    "SERVE_INCLUDE_SCHEMA": False,
    "DEFAULT_GENERATOR_CLASS": "notes_api.schema.OnceGenerator",
    "SERVE_AUTHENTICATION": [],
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "",
    "SORT_OPERATIONS": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "PREPROCESSING_HOOKS": ["notes_api.schema.in_a_fixed_order"],
    "POSTPROCESSING_HOOKS": ["notes_api.schema.add_problems", "notes_api.schema.add_scopes"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
