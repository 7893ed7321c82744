"""What is particular to files: half-written lines, replaced and damaged files, two readers."""

from __future__ import annotations

import gzip
from contextlib import closing
from pathlib import Path

import pytest

from entremise.consumers.file import FileSource
from entremise.consumers.source import Batch
from entremise.plugin.domain.errors import ConfigurationError


def opened(path: Path, *, follow: bool = False, longest: int = 1000) -> FileSource:
    return FileSource(path, offsets=path.parent / "offsets", follow=follow, longest=longest)


def values(batch: Batch) -> list[bytes | None]:
    return [record.value for records in batch.records.values() for record in records]


def rest_of(source: FileSource) -> list[bytes | None]:
    """Read to the end, committing."""
    found = []
    while not source.ended:
        batch = source.poll(0)
        found += values(batch)
        source.commit(batch)
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deliveries.jsonl"


def test_without_follow_it_ends_with_the_last_line_even_if_that_is_not_ended(path: Path) -> None:
    path.write_bytes(b'{"n":1}\r\n\n{"n":2}')
    with closing(opened(path)) as source:
        assert rest_of(source) == [b'{"n":1}', b'{"n":2}']
        assert source.ended


def test_with_follow_a_line_that_is_being_written_is_waited_for(path: Path) -> None:
    path.write_bytes(b'{"n":1}\n{"n"')
    with closing(opened(path, follow=True)) as source:
        assert values(source.poll(0)) == [b'{"n":1}']
        assert values(source.poll(0)) == []
        with path.open("ab") as out:
            out.write(b":2}\n")
        assert values(source.poll(0)) == [b'{"n":2}']


def test_a_file_that_became_shorter_is_read_from_its_start(path: Path) -> None:
    path.write_bytes(b'{"n":1}\n{"n":2}\n')
    with closing(opened(path)) as source:
        rest_of(source)
    path.write_bytes(b'{"n":3}\n')
    with closing(opened(path)) as source:
        assert rest_of(source) == [b'{"n":3}']


def test_a_second_run_finds_nothing_and_a_third_what_was_added(path: Path) -> None:
    path.write_bytes(b'{"n":1}\n')
    with closing(opened(path)) as source:
        assert rest_of(source) == [b'{"n":1}']
    with closing(opened(path)) as source:
        assert rest_of(source) == []
    with path.open("ab") as out:
        out.write(b'{"n":2}\n')
    with closing(opened(path)) as source:
        assert rest_of(source) == [b'{"n":2}']


def test_a_compressed_file_resumes_in_its_middle(tmp_path: Path) -> None:
    path = tmp_path / "deliveries.jsonl.gz"
    lines = [b'{"n":%d}' % n for n in range(1200)]
    path.write_bytes(gzip.compress(b"\n".join(lines)))
    with closing(opened(path)) as source:
        source.commit(source.poll(0))
    with closing(opened(path)) as source:
        assert source.lag() == 700
        assert rest_of(source) == lines[500:]
        assert source.lag() == 0


def test_of_a_line_that_is_too_long_only_the_beginning_is_handed_out_and_the_next_one_is_whole(
    path: Path,
) -> None:
    path.write_bytes(b"x" * 300_000 + b'\n{"n":1}\n')
    with closing(opened(path)) as source:
        long, short = rest_of(source)
    assert long is not None
    assert 1000 < len(long) < 2000
    assert short == b'{"n":1}'


def test_two_processes_cannot_read_one_file_at_once(path: Path) -> None:
    path.touch()
    with closing(opened(path)), pytest.raises(ConfigurationError, match="another process is reading"):
        opened(path)
    opened(path).close()


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    path = tmp_path / "deliveries.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"n":1}\n' * 1000)[:-20])
    with (
        closing(opened(path)) as source,
        pytest.raises(ConfigurationError, match=r"deliveries\.jsonl\.gz is damaged"),
    ):
        rest_of(source)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.jsonl does not exist"):
        opened(tmp_path / "nowhere.jsonl")


def test_a_folder_is_read_in_the_order_of_names_and_other_files_are_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / "b.jsonl").write_bytes(b'{"n":2}\n')
    (folder / "a.ndjson.gz").write_bytes(gzip.compress(b'{"n":1}\n'))
    (folder / "c.jsonl.part").write_bytes(b'{"n":3}\n')
    with closing(FileSource(folder, offsets=tmp_path / "offsets")) as source:
        assert rest_of(source) == [b'{"n":1}', b'{"n":2}']
