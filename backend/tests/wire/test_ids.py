from app.wire.ids import new_id


def test_ids_say_what_they_are_of_and_differ() -> None:
    ids = {new_id("resp") for _ in range(1000)}
    assert len(ids) == 1000
    assert all(name.startswith("resp_") for name in ids)
    assert all(name.isascii() and len(name) <= 32 for name in ids)
