"""The contestants."""

from benchmarks.comparison.contestant import Contestant
from benchmarks.comparison.pocketbase import PocketBase

OURS = Contestant("ours", "Cloud Notes API")
SQLITE = Contestant("sqlite", "Cloud Notes API, SQLite", is_embedded=True)
GROWN = Contestant("grown", "Cloud Notes API, 2,000,000 notes")
A = Contestant("A", "FastAPI + SQLAlchemy", "benchmarks.peers.fastapi_sqlalchemy")
B = Contestant("B", "FastAPI + asyncpg", "benchmarks.peers.fastapi_asyncpg")
C = Contestant("C", "bare ASGI", "benchmarks.peers.bare_asgi")
D = Contestant("D", "stock DRF", "benchmarks.peers.stock_drf")
P = PocketBase("P", "PocketBase")
ALL = (OURS, SQLITE, GROWN, A, B, C, D, P)
BY_KEY = {contestant.key: contestant for contestant in ALL}
