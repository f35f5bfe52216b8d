"""From an empty database to a server that is known to answer right."""

import http.client
import json
import random
import socket
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.comparison.contestants import Contestant
from benchmarks.comparison.dataset import Dataset, texts
from benchmarks.comparison.plans import Known
from benchmarks.comparison.postgresql import Postgresql
from benchmarks.comparison.servers import HOST, Server, ServerFailed
from benchmarks.comparison.workloads import WORKLOADS

PAGE = 50
# A large account's page that deep is read: the last full ones.
FROM_THE_END = 100


def filled(contestant: Contestant, dataset: Dataset, postgresql: Postgresql, directory: Path) -> Server:
    """A server, not yet started, on a database that holds the data."""
    name = "" if contestant.is_embedded else postgresql.create_database(contestant.key.lower())
    database = database_variables(contestant, postgresql, name, directory)
    filling = subprocess.run(
        contestant.fill_command(dataset),
        env=contestant.environment(database) | {"REQUEST_TIMEOUT": "0"},
        cwd=directory,
        stdout=subprocess.PIPE,
        check=True,
        start_new_session=True,
    )
    if name:
        postgresql.settle(name)
    return Server(contestant, database, json.loads(filling.stdout))


def database_variables(contestant: Contestant, postgresql: Postgresql, name: str, directory: Path) -> dict[str, str]:
    if contestant.is_embedded:
        return {"DATABASE_PATH": str(directory / f"{contestant.key}.sqlite3")}
    if contestant.is_ours:
        return postgresql.variables(name)
    return {"DATABASE_URL": postgresql.address(name)}


def known_of(server: Server, dataset: Dataset) -> Known:
    """What the plans for this running server build on."""
    known = Known(dataset, server.tokens, {}, deep_path(server, dataset) if dataset.large else "")
    if server.contestant.is_ours:
        for account in known.unwritten:
            known.etags[account] = server.get("/notes", server.tokens[account])[2]
    return known


def deep_path(server: Server, dataset: Dataset) -> str:
    """The page at the far end of the first large account: by offset, or where there is none by walking there."""
    depth = dataset.large[0] - FROM_THE_END
    if not server.contestant.is_ours:
        return f"/notes?limit={PAGE}&offset={depth}"
    path = "/notes?limit=100"
    for _ in range(depth // 100):
        _, body, _ = server.get(path, server.tokens[dataset.users])
        following = urlsplit(json.loads(body)["next"])
        path = f"{following.path}?{following.query}"
    return path.replace("limit=100", f"limit={PAGE}")


def verify(server: Server, known: Known) -> None:
    """Raise `ServerFailed` unless every workload gets the status it must get, and its lists hold what all hold."""
    for account in (0, known.dataset.users - 1):
        if page_of(server, account) != expected_page(known.dataset, account):
            raise ServerFailed(f"{server.contestant.name} lists other notes than it was given.")
    for workload in WORKLOADS:
        if server.contestant in workload.contestants and (known.deep or workload.key == "list"):
            request = next(workload.plan(known, random.Random(0)))
            status = status_of(server, request)
            if status != workload.status:
                raise ServerFailed(f"{server.contestant.name} answers {status} to {workload.name}.")


def status_of(server: Server, request: bytes) -> int:
    with socket.create_connection((HOST, server.port), timeout=30) as connection:
        connection.sendall(request)
        response = http.client.HTTPResponse(connection)
        response.begin()
        return response.status


def page_of(server: Server, account: int) -> list[tuple[str, str, str]]:
    _, body, _ = server.get("/notes", server.tokens[account])
    page = json.loads(body)
    notes = page if isinstance(page, list) else page["results"]
    return [(note["id"], note["title"], note["content"]) for note in notes]


def expected_page(dataset: Dataset, account: int) -> list[tuple[str, str, str]]:
    newest = range(dataset.count(account) - 1, -1, -1)[:PAGE]
    every_text = list(texts())
    notes = [dataset.note(account, position) for position in newest]
    return [(note.id, every_text[note.text].title, every_text[note.text].content) for note in notes]
