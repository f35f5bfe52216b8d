"""The server's entry point."""

import gc
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_api.settings")
django.setup()

from notes_api.onehop import OneHop  # noqa: E402 (only after the apps are there)

application = OneHop()

# What is loaded by now stays: looking through it again and again would stop every request for some 40 ms.
gc.collect()
gc.freeze()
