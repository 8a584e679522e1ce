"""The bytes of closed archives: whatever is kept of the formats of an archive comes back, also where it is kept step by step."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from aggregator.store import archives, database
from aggregator.store.archives import ArchiveFile

pieces = st.binary(max_size=12)
files = st.builds(
    ArchiveFile,
    address=st.sampled_from(["http://a.example/1", "http://b.example/1"]),
    frame=pieces,
    entries=st.lists(pieces, max_size=4).map(tuple),
    size=st.integers(0, 99),
)
steps = st.lists(st.dictionaries(st.sampled_from(["atom", "rss", "json"]), files), max_size=4)


@given(steps)
def test_what_was_kept_last_in_each_format_comes_back(steps: list[dict[str, ArchiveFile]]) -> None:
    db = database.connect(Path(":memory:"))
    try:
        expected: dict[str, ArchiveFile] = {}
        archives.write(db, "t", 2, {"atom": ArchiveFile(address="", frame=b"of another", entries=(b"1",))}, before={})
        for made in steps:
            if made != expected:
                assert not archives.write(db, "t", 1, expected, before=made)
            assert archives.write(db, "t", 1, made, before=expected)
            expected |= made
        assert archives.files(db, "t", 1) == expected
        assert archives.sizes(db, "t")[2, "atom"] == ("", 0)
    finally:
        db.close()
