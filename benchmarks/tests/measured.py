"""Results as a run would store them."""

from benchmarks.comparison.processes import Memory
from benchmarks.comparison.samples import Results, Sample
from benchmarks.comparison.wrk import Load

SETTING = {"date": "2026-11-22", "machine": "2 cores", "software": "Python 3.11", "length": "3 rounds of 3 s"}


def sample(contestant="ours", workload="list", connections=32, number=1, cpu=1000, requests=968, **others):
    """Return a sample with `cpu` microseconds of CPU a request, a fifth of them in the database."""
    total = cpu * (requests + connections) / 1e6
    load = Load(requests, others.pop("seconds", 1.0), 5.0, others.pop("p99", 20.0), others.pop("errors", 0))
    memory = others.pop("memory", Memory(70_000_000, 120_000_000))
    return Sample(contestant, workload, connections, number, load, total * 0.8, total * 0.2, memory)


def results(*samples, starts=()):
    return Results(SETTING, list(samples), list(starts))
