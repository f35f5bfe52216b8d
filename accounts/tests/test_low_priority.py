"""Hashing a password takes a core for a quarter of a second, which others get first."""

import os
import sys
import threading

import bcrypt
import pytest
from django.contrib.auth.hashers import check_password, make_password

from accounts.authentication.low_priority import NICENESS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a priority for each thread")


def test_passwords_are_hashed_with_a_lower_priority(monkeypatch, settings):
    settings.PASSWORD_HASHERS = ["notes_api.tests.hashing.QuickHasher"]
    hashpw, found = bcrypt.hashpw, []
    monkeypatch.setattr(bcrypt, "hashpw", lambda *values: found.append(niceness()) or hashpw(*values))

    assert check_password("correct horse", make_password("correct horse"))
    assert found == [min(niceness() + NICENESS, 19)] * 2


def niceness():
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
