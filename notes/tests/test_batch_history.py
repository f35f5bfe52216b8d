from notes.tests.making import make_note


def test_a_text_that_a_batch_writes_and_overwrites_at_once_is_no_revision(as_user, alice):
    note = make_note(owner=alice, content="a long first text")
    update = {"op": "update", "id": str(note.pk)}
    texts = [{"content": "a long second text"}, {"content": "third"}, {"content": "4"}]

    response = as_user(alice).post("/notes/batch", {"operations": [{**update, "note": text} for text in texts]})

    assert [result["status"] for result in response.json()["results"]] == [200, 200, 200]
    revisions = as_user(alice).get(f"/notes/{note.pk}/revisions").json()["results"]
    assert [revision["version"] for revision in revisions] == [1]
