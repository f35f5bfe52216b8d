#!/usr/bin/env python
"""Django's command line: `python manage.py help` lists the commands."""

import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_api.settings")
    # A migration or a cleanup may take longer than a request.
    os.environ.setdefault("REQUEST_TIMEOUT", "0")
    # Other users of the machine must not read the embedded database.
    os.umask(0o077)
    try:
        settings.DATABASES  # noqa: B018  # loads the settings, which reject missing and invalid values
    except ImproperlyConfigured as error:
        sys.exit(f"Cannot start: {error}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
