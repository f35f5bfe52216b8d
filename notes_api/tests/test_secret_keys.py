"""The keys that the server starts with."""

from functools import partial

import pytest

from notes_api.tests.environment import error_message, variables

STRONG_KEY = "k9Xv-4mQzT7_wLp2RfYc8NbHs3Jd6GaEu1oViB0t"
OTHER_KEY = "Zq8-uW3nLx5_tKd0RmVb7YcPf2Hs6JgAe9oTi4Bz"
WEAK_KEYS = {
    "weak": "is shorter than 32 bytes",
    "django-insecure-" + STRONG_KEY: "is a sample value",
    "change_me" + STRONG_KEY: "is a sample value",
    "abc" * 20: "has too few different characters",
}


def test_a_random_key_is_accepted():
    assert variables(NAME=STRONG_KEY).secret_key("NAME", is_debug=False) == STRONG_KEY


WEAK_KEYS_ALONE = [
    ("", "NAME is not set"),
    (STRONG_KEY[:31], "NAME is shorter than 32 bytes"),
    ("django-insecure-" + STRONG_KEY, "NAME is a sample value"),
    ("change_me" + STRONG_KEY, "NAME is a sample value"),
    ("your-secret-key" + STRONG_KEY, "NAME is a sample value"),
    ("abc" * 20, "NAME has too few different characters"),
]


def test_a_weak_key_is_refused_by_name_and_reason(subtests):
    for value, reason in WEAK_KEYS_ALONE:
        with subtests.test(value=value, reason=reason):
            assert error_message(partial(variables(NAME=value).secret_key, "NAME", is_debug=False)).startswith(reason)


def test_development_accepts_a_weak_key():
    assert variables(NAME="weak").secret_key("NAME", is_debug=True) == "weak"


def test_development_needs_a_key_too():
    assert error_message(lambda: variables().secret_key("NAME", is_debug=True)).startswith("NAME is not set")


def test_there_are_no_earlier_keys_by_default():
    assert variables().secret_keys("NAME", is_debug=False) == []


@pytest.mark.parametrize("separator", [" ", ",", ", ", "\n"])
def test_earlier_keys_are_separated_by_spaces_or_commas(separator):
    value = separator.join([STRONG_KEY, OTHER_KEY])

    assert variables(NAME=value).secret_keys("NAME", is_debug=False) == [STRONG_KEY, OTHER_KEY]


def test_earlier_keys_are_read_from_the_file_that_is_named(tmp_path):
    (tmp_path / "keys").write_text(f"{STRONG_KEY}\n{OTHER_KEY}\n")

    keys = variables(NAME_FILE=f"{tmp_path}/keys").secret_keys("NAME", is_debug=False)

    assert keys == [STRONG_KEY, OTHER_KEY]


@pytest.mark.parametrize(("weak", "reason"), WEAK_KEYS.items())
def test_a_weak_earlier_key_is_refused_by_name_and_reason_and_not_repeated(weak, reason):
    message = error_message(lambda: variables(NAME=f"{STRONG_KEY} {weak}").secret_keys("NAME", is_debug=False))

    assert message.startswith(f"NAME has a key that {reason}")
    assert weak not in message


def test_development_accepts_a_weak_earlier_key():
    assert variables(NAME="weak").secret_keys("NAME", is_debug=True) == ["weak"]
