"""Fill an empty database, start a server on it and verify its responses."""

import http.client
import json
import random
import socket
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.comparison.contestant import Contestant
from benchmarks.comparison.dataset import Dataset, texts
from benchmarks.comparison.plans import Known
from benchmarks.comparison.postgresql import Postgresql
from benchmarks.comparison.servers import HOST, Server, ServerFailed
from benchmarks.comparison.workloads import CREATE, DEEP, WORKLOADS

PAGE = 50
# Depth of the deep page in a large account: among the last full pages.
FROM_THE_END = 100


def filled(contestant: Contestant, dataset: Dataset, postgresql: Postgresql, directory: Path) -> Server:
    """Return a server on a filled database, not yet started."""
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
        # A file of this project, a directory of PocketBase.
        return {"DATABASE_PATH": str(directory / f"{contestant.key}.sqlite3")}
    if contestant.is_ours:
        return postgresql.variables(name)
    return {"DATABASE_URL": postgresql.address(name)}


def known_of(server: Server, dataset: Dataset) -> Known:
    """Return the facts that plans for this running server need."""
    deep = deep_path(server, dataset) if server.contestant in DEEP.contestants and dataset.large else ""
    known = Known(dataset, server.tokens, {}, deep, server.contestant.api)
    if server.contestant.is_ours:
        for account in known.unwritten:
            known.etags[account] = server.get("/notes", server.tokens[account])[2]
    return known


def deep_path(server: Server, dataset: Dataset) -> str:
    """Return the path of a deep page of the first large account: by offset, or by following `next`."""
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
    """Raise `ServerFailed` unless every workload gets its expected status and lists hold the expected notes."""
    for account in (0, known.dataset.users - 1):
        if page_of(server, account) != expected_page(known, account):
            raise ServerFailed(f"{server.contestant.name} lists unexpected notes.")
    for workload in WORKLOADS:
        if server.contestant in workload.contestants and (known.dataset.large or workload.key == "list"):
            request = next(workload.plan(known, random.Random(0)))
            status = status_of(server, request)
            if status != (known.api.created if workload is CREATE else workload.status):
                raise ServerFailed(f"{server.contestant.name} responds {status} to {workload.name}.")


def status_of(server: Server, request: bytes) -> int:
    with socket.create_connection((HOST, server.port), timeout=30) as connection:
        connection.sendall(request)
        response = http.client.HTTPResponse(connection)
        response.begin()
        return response.status


def page_of(server: Server, account: int) -> list[tuple[str, str, str]]:
    api = server.contestant.api
    _, body, _ = server.get(api.page, server.tokens[account])
    page = json.loads(body)
    notes = page if isinstance(page, list) else page[api.members]
    return [(note["id"], note["title"], note["content"]) for note in notes]


def expected_page(known: Known, account: int) -> list[tuple[str, str, str]]:
    newest = range(known.dataset.count(account) - 1, -1, -1)[:PAGE]
    every_text = list(texts())
    notes = [known.dataset.note(account, position) for position in newest]
    return [(known.api.note_id(note), every_text[note.text].title, every_text[note.text].content) for note in notes]
