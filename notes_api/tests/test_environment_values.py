"""What the value of an environment variable may be."""

import os
from ipaddress import ip_network

import pytest

from notes_api.config.rate import Rate
from notes_api.tests.environment import error_message, variables


def accepted(values, message, read):
    """Return the values that are not refused with this message; `read` gets the variables."""

    def said(value):
        return error_message(lambda: read(variables(NAME=value)))

    return [value for value in values if not said(value).startswith(message)]


def test_an_empty_text_counts_as_unset():
    assert variables(NAME="").text("NAME", "default") == "default"


def test_an_empty_optional_value_is_kept():
    assert variables(NAME="").optional("NAME", "default") == ""


def test_an_optional_value_has_a_default():
    assert variables().optional("NAME", "default") == "default"


def test_a_required_value_that_is_missing_is_refused_by_name_and_reason():
    assert error_message(lambda: variables().required("NAME", "it opens the door")) == (
        "NAME is not set: it opens the door."
    )


def test_a_whole_number_is_read():
    assert variables(NAME="8080").integer("NAME", 1, 1, 65535) == 8080


def test_a_whole_number_has_a_default():
    assert variables().integer("NAME", 5, 1, 10) == 5


def test_an_invalid_number_is_refused_by_name():
    values = ["0", "11", "-1", "1.5", "ten", "1e1", "٣", "1" * 400, " 5", "5 "]

    assert (
        accepted(values, "NAME must be a whole number from 1 to 10", lambda each: each.integer("NAME", 5, 1, 10)) == []
    )


def test_a_flag_is_on_or_off():
    flags = {"true": True, "1": True, "false": False, "0": False}

    assert {value: variables(NAME=value).flag("NAME") for value in flags} == flags


def test_a_flag_is_off_by_default():
    assert variables().flag("NAME") is False


def test_a_flag_that_is_neither_is_refused_by_name():
    assert error_message(lambda: variables(NAME="maybe").flag("NAME")).startswith("NAME must be one of true, false")


def test_a_choice_is_read():
    assert variables(NAME="b").choice("NAME", "a", ("a", "b")) == "b"


def test_an_unknown_choice_is_refused_by_name():
    assert error_message(lambda: variables(NAME="none").choice("NAME", "HS256", ("HS256", "HS384"))) == (
        "NAME must be one of HS256, HS384, not 'none'."
    )


def test_a_list_is_separated_by_commas_or_spaces():
    assert variables(NAME="a, b,c  d,").words("NAME") == ["a", "b", "c", "d"]


def test_networks_and_single_addresses_are_read():
    assert variables(NAME="10.0.0.0/8,::1").networks("NAME") == [ip_network("10.0.0.0/8"), ip_network("::1/128")]


def test_an_ipv4_network_may_be_written_as_ipv6():
    written = "::ffff:10.0.0.0/104 ::ffff:10.0.0.1 ::ffff:0:0/96 ::/0"

    networks = variables(NAME=written).networks("NAME")

    assert [str(network) for network in networks] == ["10.0.0.0/8", "10.0.0.1/32", "0.0.0.0/0", "::/0"]


def test_an_invalid_network_is_refused_by_name():
    assert error_message(lambda: variables(NAME="10.0.0.1/8").networks("NAME")).startswith(
        "NAME must list IP addresses"
    )


def test_a_rate_is_a_number_per_period():
    rates = {"10/15m": Rate(10, 900), "5/s": Rate(5, 1), "20/1h": Rate(20, 3600)}

    assert {value: variables(NAME=value).rate("NAME", "1/s") for value in rates} == rates


def test_an_empty_rate_disables_the_throttle():
    assert variables(NAME="").rate("NAME", "10/15m") is None


def test_an_invalid_rate_is_refused_by_name():
    values = ["10", "10/", "0/1m", "10/0m", "10/1y", "ten/1m", "-1/1m", "10/15m "]

    assert accepted(values, "NAME must look like 10/15m", lambda each: each.rate("NAME", "1/s")) == []


def test_a_host_is_an_address_or_a_name():
    hosts = ["127.0.0.1", "0.0.0.0", "::", "fe80::1%eth0", "localhost", "my_nas.lan", "a-b.c"]

    assert [variables(NAME=value).host("NAME", "localhost") for value in hosts] == hosts


def test_an_invalid_host_is_refused_by_name():
    values = ["not a host", "nas:8000", "[::1]", "http://nas", "nas/", "-nas", "nas.", "näs", "*"]

    assert accepted(values, "NAME must be an IP address", lambda each: each.host("NAME", "localhost")) == []


def test_the_hosts_of_requests_are_names_addresses_or_whole_domains():
    assert variables(NAME="a.example, .b.example [::1] 10.0.0.1 * c. .Nötizen.example").hosts("NAME") == [
        "a.example",
        ".b.example",
        "[::1]",
        "10.0.0.1",
        "*",
        "c",
        ".xn--ntizen-wxa.example",
    ]


def test_a_host_that_no_request_can_have_is_refused_by_name():
    values = ["https://a", "a/", "a:8000", "::1", "*.a", "a..", "a;b"]

    messages = {
        value: error_message(lambda value=value: variables(NAME=f"b,{value}").hosts("NAME")) for value in values
    }

    assert [value for value in values if not messages[value].startswith("NAME must list host names")] == []
    assert [value for value in values if not messages[value].endswith(f"not {value!r}.")] == []


def test_an_origin_is_written_as_browsers_write_it():
    origins = {
        "https://app.example.org": "https://app.example.org",
        "https://App.example.org/": "https://app.example.org",
        "http://localhost:5173": "http://localhost:5173",
        "http://[::1]:5173": "http://[::1]:5173",
        "https://a:443": "https://a",
        "http://a:443": "http://a:443",
        "https://nötizen.example:8443": "https://xn--ntizen-wxa.example:8443",
        "capacitor://localhost": "capacitor://localhost",
    }

    assert {value: variables(NAME=value).origins("NAME")[0] for value in origins} == origins


def test_an_invalid_origin_is_refused_by_name():
    values = ["app.example.org", "*", "null", "https://", "https://a/path", "https://a?q", "https://u@a", "https://*.a"]
    values += ["https://naſ"]

    messages = {
        value: error_message(lambda value=value: variables(NAME=f"https://b,{value}").origins("NAME"))
        for value in values
    }

    assert messages == {
        value: f"NAME must list origins such as https://app.example.org, not {value!r}." for value in values
    }


def test_a_directory_is_one_that_can_be_written_to(tmp_path):
    assert variables(NAME=str(tmp_path)).directory("NAME") == str(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_no_directory_need_be_named():
    assert variables().directory("NAME") is None


def test_a_directory_that_is_missing_is_refused_by_name():
    assert error_message(lambda: variables(NAME="/nowhere").directory("NAME")) == (
        "NAME must be a writable directory, not '/nowhere': No such file or directory."
    )


def test_a_directory_that_is_a_file_is_refused_by_name(env_file):
    env_file.touch()

    assert error_message(lambda: variables(NAME=str(env_file)).directory("NAME")).startswith(
        "NAME must be a writable directory"
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_without_write_permission_is_refused_by_name(tmp_path):
    tmp_path.chmod(0o500)

    assert "Permission denied" in error_message(lambda: variables(NAME=str(tmp_path)).directory("NAME"))


def test_a_file_need_not_exist_yet(tmp_path):
    assert variables(NAME="new").file("NAME", "default", tmp_path) == tmp_path / "new"
    assert variables().file("NAME", "default", tmp_path) == tmp_path / "default"


@pytest.mark.parametrize("value", ["nowhere/file", "/nowhere/file", "."])
def test_a_file_that_cannot_be_created_is_refused_by_name(tmp_path, value):
    message = error_message(lambda: variables(NAME=value).file("NAME", "default", tmp_path))

    assert message.startswith("NAME must be a file in an existing directory")
