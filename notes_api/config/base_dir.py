"""The directory of an installation, with `.env`, the embedded database and backups."""

from pathlib import Path

PACKAGES = Path(__file__).resolve().parents[2]
IS_CHECKOUT = (PACKAGES / "manage.py").is_file()
# An installed package has no place for data, so the server keeps everything in the directory in which it is started.
BASE_DIR = PACKAGES if IS_CHECKOUT else Path.cwd()
# What starts the commands of `manage.py`.
MANAGE = ".venv/bin/python manage.py" if IS_CHECKOUT else "cloud-notes manage"
