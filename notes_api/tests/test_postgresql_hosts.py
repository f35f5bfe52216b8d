"""DATABASE_HOSTNAME and DATABASE_PORT: one host or several, of which one is the primary."""

import os
import runpy
from functools import partial

import pytest

from notes_api.config.postgresql import parse_hosts, parse_ports
from notes_api.db.backups.client_programs import ClientPrograms
from notes_api.db.postgresql.primary import Primary
from notes_api.settings import BASE_DIR
from notes_api.tests.environment import error_message


@pytest.fixture
def database(monkeypatch):
    """`database(DATABASE_HOSTNAME="db1,db2")` returns Django's settings of the database."""
    for name in [name for name in os.environ if name.startswith("DATABASE_")]:
        monkeypatch.delenv(name)

    def database(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(BASE_DIR / "notes_api/settings.py")["DATABASES"]["default"]

    return database


@pytest.mark.parametrize("text", ["db1,db2,db3", "db1 db2 db3", " db1,, db2,\tdb3 "])
def test_hosts_are_separated_by_commas_or_spaces(database, text):
    assert database(DATABASE_HOSTNAME=text)["HOST"] == "db1,db2,db3"


def test_a_host_is_a_name_an_address_or_a_directory_of_sockets(subtests):
    for host in ["db1", "db-1.example.org", "postgres_db", "10.0.0.1", "::1", "/run/postgresql"]:
        with subtests.test(host=host):
            assert parse_hosts([host]) == [host]


def test_a_host_that_is_anything_else_is_refused_by_name(subtests):
    for host in ["db1:5432", "[::1]", "postgresql://db1", "db1;db2", "notes@db1", "-db1"]:
        with subtests.test(host=host):
            message = error_message(partial(parse_hosts, ["db1", host]))

            assert message.startswith(
                "DATABASE_HOSTNAME must list host names or IP addresses without brackets and ports"
            )
            assert repr(host) in message


def test_the_port_is_postgresqls_own_if_none_is_given(database):
    assert database(DATABASE_HOSTNAME="db1,db2")["PORT"] == "5432"


@pytest.mark.parametrize(("given", "ports"), [("6432", "6432"), ("5432,5433", "5432,5433"), ("5432 5433", "5432,5433")])
def test_ports_are_one_for_all_hosts_or_one_for_each(database, given, ports):
    assert database(DATABASE_HOSTNAME="db1,db2", DATABASE_PORT=given)["PORT"] == ports


def test_a_wrong_number_of_ports_is_refused_with_both_numbers():
    assert error_message(lambda: parse_ports(["5432", "5433"], ["db1", "db2", "db3"])) == (
        "DATABASE_PORT must be one port for all hosts or one for each, not 2 ports for 3 in DATABASE_HOSTNAME."
    )


def test_a_port_that_is_not_a_number_from_1_to_65535_is_refused(subtests):
    for port in ["0", "65536", "-1", "postgres", "5432.0", "٣"]:
        with subtests.test(port=port):
            message = error_message(partial(parse_ports, ["5432", port], ["db1", "db2"]))

            assert message == f"DATABASE_PORT must be a whole number from 1 to 65535, not {port!r}."


def test_of_several_hosts_the_one_that_writes_is_used(database):
    options = database(DATABASE_HOSTNAME="db1,db2,db3")["OPTIONS"]

    # Two hosts that are gone leave time for the third within five seconds.
    assert (options["target_session_attrs"], options["connect_timeout"]) == ("read-write", 2)


@pytest.mark.parametrize(
    ("ports", "newest", "expected"),
    [
        ("5432", None, ("db1,db2,db3", "5432,5432,5432")),
        ("5432", ("db3", "5432"), ("db3,db1,db2", "5432,5432,5432")),
        ("5432,5433,5434", ("db2", "5433"), ("db2,db1,db3", "5433,5432,5434")),
        ("5432,5433,5434", ("db2", "1"), ("db1,db2,db3", "5432,5433,5434")),
    ],
)
def test_the_server_of_the_newest_connection_is_tried_first(ports, newest, expected):
    primary = Primary()
    primary.server = newest

    assert primary.first("db1,db2,db3", ports) == expected


def test_a_single_host_may_be_a_standby(database):
    """For a backup from it, for example."""
    assert "target_session_attrs" not in database(DATABASE_HOSTNAME="db1")["OPTIONS"]


@pytest.mark.parametrize("hosts", ["db1", "db1,db2"])
def test_a_host_that_is_gone_is_noticed_within_the_time_of_a_request(database, hosts):
    options = database(DATABASE_HOSTNAME=hosts)["OPTIONS"]

    assert options["tcp_user_timeout"] <= 5000
    assert options["keepalives_idle"] + options["keepalives_interval"] * options["keepalives_count"] < 15


def test_the_programs_of_postgresql_get_all_hosts(database):
    settings = database(DATABASE_HOSTNAME="db1,db2", DATABASE_PORT="5432,5433")

    output = ClientPrograms(settings, 15).run("sh", "-c", 'echo "$PGHOST $PGPORT $PGTARGETSESSIONATTRS"')

    assert output == "db1,db2 5432,5433 read-write\n"


def test_the_programs_of_postgresql_get_a_single_host_as_it_is(database):
    settings = database(DATABASE_HOSTNAME="db1")

    output = ClientPrograms(settings, 15).run("sh", "-c", 'echo "$PGHOST $PGPORT ${PGTARGETSESSIONATTRS-any}"')

    assert output == "db1 5432 any\n"
