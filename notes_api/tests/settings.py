"""The settings of the tests: the product's own, with no `.env` and a fast hasher."""

import os
import re
from pathlib import Path

# Only the database may be chosen from outside; a developer's own settings must not change what is tested.
PRODUCT = (Path(__file__).parents[1] / "settings.py").read_text()
for name in re.findall(r'env\.\w+\("([A-Z_]+)"', PRODUCT):
    if not name.startswith("DATABASE_"):
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
os.environ["ENV_FILE"] = os.devnull
os.environ["SECRET_KEY"] = "tests-only-0123456789-abcdefghijklmnopqrstuvwxyz"
os.environ["ALLOWED_HOSTS"] = "testserver,localhost,127.0.0.1"

from notes_api.config.base_dir import BASE_DIR  # noqa: E402
from notes_api.settings import *  # noqa: E402,F403
from notes_api.settings import DATABASES, SQLITE  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# On a busy machine any request may be slow.
SLOW_REQUEST_MS = 0
THROTTLE_LOGIN = THROTTLE_REGISTER = THROTTLE_MAIL = None
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}

# In memory SQLite has no write-ahead log: the tests run on a file, as the product does.
SQLITE["TEST"] = {"NAME": BASE_DIR / "test.sqlite3"}
DATABASES["default"]["CONN_MAX_AGE"] = 0
