"""From what a load generator prints to medians, ratios and verdicts."""

import pytest

from benchmarks.comparison.samples import Start
from benchmarks.comparison.targets import TARGETS, Target, cpu, p99, ratio
from benchmarks.comparison.wrk import Load, parse
from benchmarks.tests.measured import results, sample

PRINTED = """Running 2s test @ http://127.0.0.1:8000
  2 threads and 32 connections
Requests/sec:   1210.00

{"requests": 2420, "seconds": 2.000000, "p50": 24.500000, "p99": 61.250000, "errors": 3}
"""


def target(name, against=""):
    return next(target for target in TARGETS if target.name.startswith(name) and against in target.name)


def test_the_last_line_of_wrk_is_the_load():
    assert parse(PRINTED) == Load(requests=2420, seconds=2.0, p50=24.5, p99=61.25, errors=3)
    assert parse(PRINTED).rate == 1210


def test_the_requests_in_hand_at_the_end_are_counted_too():
    measured = sample(requests=68, connections=32, cpu=500)

    assert measured.served == 100
    assert measured.cpu == pytest.approx(500)


def test_a_ratio_is_the_median_of_those_within_each_round():
    slow_round = [sample("A", number=2, cpu=9000), sample("ours", number=2, cpu=3000)]
    quick_rounds = [
        sample(key, number=each, cpu=cost) for each in (1, 3) for key, cost in (("A", 2000), ("ours", 1000))
    ]

    found = results(*slow_round, *quick_rounds).ratio(cpu, ("A", "list", 32), ("ours", "list", 32))

    assert found == pytest.approx(2)


def test_a_round_that_one_of_them_missed_does_not_count():
    found = results(sample("A", cpu=4000), sample("ours", cpu=1000), sample("ours", number=2, cpu=9000))

    assert found.ratio(cpu, ("A", "list", 32), ("ours", "list", 32)) == pytest.approx(4)


def test_a_server_that_hangs_has_no_figure():
    hanging = results(sample("A", connections=256, requests=12), sample("ours", connections=256))

    assert hanging.median(cpu, "A", "list", 256) is None
    assert hanging.ratio(cpu, ("A", "list", 256), ("ours", "list", 256)) is None


@pytest.mark.parametrize(("theirs", "is_met"), [(4999, False), (5000, True)])
def test_a_target_is_met_from_its_goal_on(theirs, is_met):
    measured = results(sample("A", cpu=theirs, requests=9968), sample("ours", cpu=1000, requests=9968))

    assert target("GET /notes: CPU time of A").is_met(measured) is is_met


@pytest.mark.parametrize(("ours", "is_met"), [(10, True), (10.1, False)])
def test_a_limit_is_kept_up_to_its_goal(ours, is_met):
    measured = results(sample("B", p99=20), sample("ours", p99=ours))

    assert target("GET /notes, 32 connections: p99").is_met(measured) is is_met


def test_what_was_not_measured_has_no_verdict():
    assert {each.is_met(results()) for each in TARGETS} == {None}


def test_an_error_on_256_connections_misses_the_target():
    crowd = [sample("ours"), sample("ours", connections=256, errors=1)]

    assert target("GET /notes, 32 and 256 connections: errors").is_met(results(*crowd)) is False


def test_a_server_that_hangs_has_errors():
    hanging = [sample("ours"), sample("ours", connections=256, requests=12)]

    assert target("GET /notes, 32 and 256 connections: errors").is_met(results(*hanging)) is False


def test_on_sqlite_the_worst_workload_decides():
    good = [sample(key, "list", cpu=cost) for key, cost in (("A", 4000), ("sqlite", 1000))]
    bad = [sample(key, "replace", cpu=cost) for key, cost in (("A", 900), ("sqlite", 1000))]

    assert target("on SQLite").measure(results(*good, *bad)) == pytest.approx(0.9)


def test_the_start_is_compared_by_its_median():
    starts = [Start("ours", each, seconds) for each, seconds in ((1, 1.0), (2, 9.0), (3, 1.2))]

    measured = results(starts=[*starts, Start("B", 1, 1.0)])

    assert target("from start").measure(measured) == pytest.approx(1.2)


def test_the_p99_of_two_places_can_be_compared():
    measure = ratio(p99, ("ours", "storm", 32), ("ours", "list", 32))

    assert (
        Target("", 3, measure, is_limit=True).is_met(results(sample(workload="storm", p99=61), sample(p99=20))) is False
    )
