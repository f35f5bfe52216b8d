"""What the documentation shows."""

GROCERIES = {
    "id": "01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16",
    "owner_id": "01939f5d-6c1e-7b0a-9d3f-5a1c2e4b6d80",
    "title": "Groceries",
    "content": "milk\neggs\n",
    "is_pinned": False,
    "is_archived": False,
    "version": 42,
    "created_at": "2026-01-05T09:15:00.120000Z",
    "updated_at": "2026-01-06T18:02:11.480000Z",
}
CREATED = {**GROCERIES, "content": "milk\n", "version": 41, "updated_at": GROCERIES["created_at"]}
REPLACEMENT = {"title": "Groceries", "content": "milk\neggs\n", "is_pinned": False, "is_archived": False}
PATCH = {"is_pinned": True}
