from benchmarks.openapi_difference import differences, without_prose


def document(**operation):
    return {"paths": {"/notes": {"get": {"summary": "List notes", "responses": {}, **operation}}}}


def compare(before, after):
    return list(differences(without_prose(before), without_prose(after)))


def test_prose_makes_no_difference():
    assert compare(document(description="Old."), document(summary="Other", description="New.")) == []


def test_the_text_of_an_example_makes_no_difference():
    before = document(examples={"Old": {"value": {"title": "Milk", "version": 1}}})
    after = document(examples={"New": {"value": {"title": "Oat milk", "version": 1}}})

    assert compare(before, after) == []


def test_a_changed_member_is_reported_with_its_path():
    assert compare(document(operationId="a"), document(operationId="b")) == [
        '/paths//notes/get/operationId: "a" -> "b"'
    ]


def test_a_missing_member_is_reported():
    [difference] = compare(document(deprecated=True), document())

    assert difference == "/paths//notes/get/deprecated: true -> missing"


def test_a_changed_member_of_an_example_is_reported():
    before = document(examples={"Note": {"value": {"version": 1}}})
    after = document(examples={"Note": {"value": {"version": "1"}}})

    assert len(compare(before, after)) == 1
