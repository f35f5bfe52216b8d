"""The only settings file. It reads every environment variable, each once.

The process environment takes precedence over `.env`. `.env.example` and the README list all variables.
"""

import os
from datetime import timedelta
from typing import Any

from notes_api.config.base_dir import BASE_DIR
from notes_api.config.base_url import address_of
from notes_api.config.environment import Environment
from notes_api.config.mail_url import parse_email_url, parse_sender
from notes_api.config.postgresql import connection_options, parse_hosts, parse_ports

KIB, MIB = 1024, 1024 * 1024

env = Environment(BASE_DIR / os.environ.get("ENV_FILE", ".env"), is_file_required="ENV_FILE" in os.environ)

# Server

DEBUG = env.flag("DEBUG")
HOST = env.host("HOST", "127.0.0.1")
PORT = env.integer("PORT", 8000, 1, 65535)
WEB_CONCURRENCY = env.integer("WEB_CONCURRENCY", 2, 1, 256)
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOG_FORMAT = env.choice("LOG_FORMAT", "text", ("text", "json"))
# Milliseconds until the response begins, above which the log shows the slowest statement. 0 turns it off.
SLOW_REQUEST_MS = env.integer("SLOW_REQUEST_MS", 1000, 0, 600_000)
# The bearer token for /metrics. Without one there are no metrics.
METRICS_TOKEN = env.token("METRICS_TOKEN")
ROOT_URLCONF = "notes_api.urls"

# Secrets and tokens

SECRET_KEY = env.secret_key("SECRET_KEY", is_debug=DEBUG)
SECRET_KEY_FALLBACKS = env.secret_keys("SECRET_KEY_FALLBACKS", is_debug=DEBUG)
ALGORITHM = env.choice("ALGORITHM", "HS256", ("HS256", "HS384", "HS512"))
ACCESS_TOKEN_LIFETIME = timedelta(minutes=env.integer("ACCESS_TOKEN_EXPIRE_MINUTES", 30, 1, 60 * 24 * 7))
REFRESH_TOKEN_LIFETIME = timedelta(days=env.integer("REFRESH_TOKEN_EXPIRE_DAYS", 30, 1, 3650))
SESSION_LIFETIME = timedelta(days=env.integer("SESSION_MAX_DAYS", 90, 1, 3650))
# The admin's sessions end when they are not used for this many seconds.
SESSION_COOKIE_AGE = 12 * 3600
SESSION_SAVE_EVERY_REQUEST = True
REFRESH_TOKEN_GRACE = timedelta(seconds=10)

# Database: PostgreSQL if DATABASE_HOSTNAME is set, otherwise the embedded SQLite

DATABASE_HOSTS = parse_hosts(env.words("DATABASE_HOSTNAME"))
DATABASE_HOSTNAME = ",".join(DATABASE_HOSTS)

# Seconds after which a request gets a 503. PostgreSQL cancels a statement after the same time. SQLite has no server
# that could hang, so there the limit only has to exceed the time-out of the write lock.
REQUEST_TIMEOUT = env.integer("REQUEST_TIMEOUT", 5 if DATABASE_HOSTNAME else 25, 0, 600)

# Behind a pooler in transaction mode each transaction may get another session, so nothing may depend on the session.
IS_POOLED = env.choice("DATABASE_POOLER", "none", ("none", "transaction")) == "transaction"

POSTGRESQL: dict[str, Any] = {  # Any: Django's options have different types
    "ENGINE": "notes_api.db.postgresql",
    "HOST": DATABASE_HOSTNAME,
    "PORT": parse_ports(env.words("DATABASE_PORT"), DATABASE_HOSTS),
    "NAME": env.text("DATABASE_NAME", "notes"),
    "USER": env.text("DATABASE_USERNAME", "notes"),
    "PASSWORD": env.text("DATABASE_PASSWORD"),
    "CONN_MAX_AGE": 3600,
    "CONN_HEALTH_CHECKS": True,
    "OPTIONS": connection_options(DATABASE_HOSTS, REQUEST_TIMEOUT, is_pooled=IS_POOLED),
    "DISABLE_SERVER_SIDE_CURSORS": IS_POOLED,
}
SQLITE: dict[str, Any] = {  # Any: as above
    "ENGINE": "notes_api.db.sqlite",
    # Not checked if PostgreSQL is used: in a container the path may belong to another machine.
    "NAME": None if DATABASE_HOSTNAME else env.file("DATABASE_PATH", "notes.sqlite3", BASE_DIR),
    "CONN_MAX_AGE": None,
    "OPTIONS": {
        # Take the write lock at the start: a transaction that has read may not be able to get it later.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # `secure_delete` overwrites deleted data. Many builds of SQLite do so by default.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
    },
}
DATABASES = {"default": POSTGRESQL if DATABASE_HOSTNAME else SQLITE}
BACKUP_DIR, BACKUP_KEEP = env.text("BACKUP_DIR"), env.integer("BACKUP_KEEP", 14, 1, 1000)
ERASURE_JOURNAL = env.optional_file("ERASURE_JOURNAL", BASE_DIR)
# A worker looks whether the daily work is due, each time after this many seconds or up to twice as many.
DAILY_WORK_CHECK_SECONDS = 60.0
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Transport security, derived from PUBLIC_BASE_URL

PUBLIC_BASE_URL = env.base_url("PUBLIC_BASE_URL", address_of(HOST, PORT))
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS") or ["localhost", "127.0.0.1", "[::1]", PUBLIC_BASE_URL.host]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = PUBLIC_BASE_URL.is_https
SECURE_REDIRECT_EXEMPT = [""]  # all paths: HttpsMiddleware redirects instead of Django
SECURE_HSTS_SECONDS = 365 * 86400 if PUBLIC_BASE_URL.is_https else 0
# These two ask for HSTS on all subdomains and in browsers' preload lists. Only the owner of the domain can decide that.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
# `trust_proxies` removes the header unless one of TRUSTED_PROXIES sent it.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PUBLIC_BASE_URL.is_https else None
CSRF_TRUSTED_ORIGINS = [PUBLIC_BASE_URL.origin]
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = f"{PUBLIC_BASE_URL.path}/"
CORS_ALLOWED_ORIGINS = env.origins("CORS_ALLOWED_ORIGINS")
CORS_EXPOSE_HEADERS = ["ETag", "Link", "Location", "Retry-After", "X-Request-ID", "Idempotency-Replayed",
                       "Preference-Applied"]  # fmt: skip
CORS_ALLOW_HEADERS = ["accept", "authorization", "content-type", "idempotency-key", "if-match", "if-none-match",
                      "last-event-id", "mcp-method", "mcp-name", "mcp-protocol-version", "prefer",
                      "x-request-id"]  # fmt: skip
SECURE_REFERRER_POLICY = "same-origin"

# E-mail

MAILERS = {"default": parse_email_url(env.text("EMAIL_URL", "consolemail://"))}
DEFAULT_FROM_EMAIL = parse_sender(env.text("EMAIL_FROM"), PUBLIC_BASE_URL.host)

# Registration, throttles and quotas

REGISTRATION = env.choice("REGISTRATION", "open", ("open", "closed"))
# The authorisation server: `closed` accepts only the programs that it knows already.
OAUTH = env.choice("OAUTH", "open", ("open", "closed", "off"))
EMAIL_VERIFICATION = env.choice("EMAIL_VERIFICATION", "off", ("off", "optional", "required"))
ADMIN_REQUIRES_OTP = env.choice("ADMIN_REQUIRES_OTP", "auto", ("auto", "true", "false"))
PASSWORD_MIN_LENGTH = env.integer("PASSWORD_MIN_LENGTH", 8, 8, 128)
THROTTLE_LOGIN = env.rate("THROTTLE_LOGIN", "10/15m")
THROTTLE_REGISTER = env.rate("THROTTLE_REGISTER", "20/1h")
THROTTLE_MAIL = env.rate("THROTTLE_MAIL", "5/1h")
THROTTLE_API = env.rate("THROTTLE_API", "")
# The Redis in which all processes count requests for THROTTLE_API together.
CACHE_URL = env.redis_url("CACHE_URL")
# Bytes of text that an account may store in notes, trash and revisions. 0 means no limit.
MAX_BYTES_PER_USER = env.integer("MAX_BYTES_PER_USER", 0, 0, 10**12 - 1)

# Retention in days, and whether a write must name the version that it replaces.
TRASH_DAYS = env.integer("TRASH_DAYS", 30, 1, 3650)
TOMBSTONE_DAYS = env.integer("TOMBSTONE_DAYS", 180, 1, 3650)
REQUIRE_IF_MATCH = env.flag("REQUIRE_IF_MATCH")

# Requests that may take longer than REQUEST_TIMEOUT: seconds by path. The longest matching prefix applies.
SLOW_PATHS = ("/admin", "/imports", "/users/me/erase", "/tags/")
REQUEST_TIMEOUTS = dict.fromkeys(SLOW_PATHS, max(30, REQUEST_TIMEOUT)) if REQUEST_TIMEOUT else {}

# Bytes of a request body by path. The longest matching prefix applies. More than BODY_LIMIT needs valid credentials.
BODY_LIMIT = 64 * KIB
IMPORT_MAX_BYTES = env.integer("IMPORT_MAX_BYTES", 256 * MIB, MIB, 1024 * MIB)
BODY_LIMITS = {"/imports": IMPORT_MAX_BYTES, "/notes": 8 * MIB, "/notes/batch": 16 * MIB, "/mcp": 8 * MIB}
# The directory for request bodies above 64 KiB. It must be on a disk, not on a tmpfs.
FILE_UPLOAD_TEMP_DIR = SPOOL_DIR = env.directory("SPOOL_DIR")

# Django

INSTALLED_APPS = [
    # Before Django's own apps, because they override `manage.py changepassword` and templates of the admin.
    "notes_api",
    "outbox",
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
    "notes_api.server.middleware.RequestMiddleware",
    "notes_api.server.middleware.TrustedProxyMiddleware",
    "notes_api.server.middleware.HeadersMiddleware",
    "notes_api.server.https.HttpsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "notes_api.server.static_files.StaticFilesMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "notes_api.server.admin_middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "notes_api.server.admin_middleware.AuthenticationMiddleware",
    "notes_api.server.admin_middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
     "OPTIONS": {"context_processors": [
         "django.template.context_processors.request",
         "django.contrib.auth.context_processors.auth",
         "django.contrib.messages.context_processors.messages"]}},
]  # fmt: skip
APPEND_SLASH = False
USE_TZ, TIME_ZONE, LANGUAGE_CODE = True, "UTC", "en-us"
STATIC_URL = "/static/"
STORAGES = {"staticfiles": {"BACKEND": "notes_api.server.static_files.HashedStorage"}}
WHITENOISE_USE_FINDERS, WHITENOISE_AUTOREFRESH, WHITENOISE_MAX_AGE = True, False, 3600

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = [
    "accounts.authentication.passwords.NormalizingHasher",
    "accounts.authentication.passwords.NfcHasher",
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.authentication.passwords.SimilarityValidator", "OPTIONS": {"user_attributes": ["email"]}},
    {"NAME": "accounts.authentication.passwords.MinimumLengthValidator",
     "OPTIONS": {"min_length": PASSWORD_MIN_LENGTH}},
    {"NAME": "accounts.authentication.passwords.TextValidator"},
    {"NAME": "accounts.authentication.passwords.CommonPasswordValidator"},
]  # fmt: skip

LOGGING_CONFIG = "notes_api.monitoring.logs.configure"
LOGGING = {"level": LOG_LEVEL, "format": LOG_FORMAT}

# Django REST Framework

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.bearer.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated", "accounts.permissions.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["notes_api.rest.throttling.ApiThrottle"],
    "DEFAULT_PARSER_CLASSES": ["notes_api.rest.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["notes_api.rest.renderers.FastJSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "notes_api.rest.negotiation.FastNegotiation",
    "DEFAULT_SCHEMA_CLASS": "notes_api.rest.auto_schema.CompleteSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "notes_api.rest.problems.exception_handler",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Cloud Notes API",
    "VERSION": "1.0.0",
    "LICENSE": {"name": "MIT", "url": "https://opensource.org/license/mit"},
    "CONTACT": {"name": "Cloud Notes API"},
    "SERVE_INCLUDE_SCHEMA": False,
    "DEFAULT_GENERATOR_CLASS": "notes_api.rest.schema.CachedSchemaGenerator",
    "SERVE_AUTHENTICATION": [],
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_SPLIT_PATCH": False,
    "SCHEMA_PATH_PREFIX": "",
    "SORT_OPERATIONS": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "PREPROCESSING_HOOKS": ["notes_api.rest.schema.sort_operations"],
    "POSTPROCESSING_HOOKS": ["notes_api.rest.schema.complete_document"],
}
