#!/usr/bin/env python
"""Django's command line: `python manage.py help` lists the commands."""

import sys

from notes_api.management.command_line import manage

if __name__ == "__main__":
    manage(sys.argv)
