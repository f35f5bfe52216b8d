"""The address of Redis in the environment."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from notes_api.config.environment import Environment

ADDRESSES = [
    "",
    "redis://redis",
    "redis://127.0.0.1:6379/0",
    "rediss://user:p%40ss@redis.example.org:6380/1",
    "redis://:s3cret@[::1]:6379",
    "unix:///run/redis.sock",
]


def test_the_address_of_redis_is_used_unchanged(subtests):
    for value in ADDRESSES:
        with subtests.test(value=value):
            assert Environment(variables={"NAME": value}).redis_url("NAME") == value


INVALID_ADDRESSES = [
    "s3cret",
    "http://:s3cret@redis",
    "redis://",
    "redis://:s3cret@redis:port",
    "redis://redis:99999",
    "redis://redis?password=s3cret",
    "unix://",
    "redis://:s3cret@[::1",
]


def test_an_invalid_address_of_redis_is_refused_by_name_and_not_repeated(subtests):
    for value in INVALID_ADDRESSES:
        with subtests.test(value=value):
            with pytest.raises(ImproperlyConfigured) as refusal:
                Environment(variables={"NAME": value}).redis_url("NAME")

            assert (
                str(refusal.value)
                == "NAME must be a URL like redis://:password@host:6379/0, rediss://… or unix:///path."
            )
