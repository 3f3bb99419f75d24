"""Text files: encodings, ends of lines, long lines, odd bytes, files that are none."""

import gzip
from pathlib import Path

import pytest
from importers.logs import SACCT_HEAD, dropped, job_line, read, refused, rows, sacct, write

from placement.importers.jobs import texts
from placement.importers.jobs.texts import blocks, items

TEXT = sacct(job_line("1", User="ännä"), job_line("2"))


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r\n").encode("utf-8-sig"),
        TEXT.rstrip("\n").encode(),
        ("\n" + TEXT.replace("\n", "\n\n")).encode(),
        gzip.compress(TEXT.encode()),
        gzip.compress(TEXT.encode("utf-8-sig")[:100]) + gzip.compress(TEXT.encode("utf-8-sig")[100:]),
    ],
)
def test_marks_ends_of_lines_and_packing_change_nothing(content: bytes, tmp_path: Path) -> None:
    found = read("slurm", write(tmp_path, content), team="user")
    assert rows(found, "job", "team") == [("1", "ännä"), ("2", "ann")]


@pytest.mark.parametrize("size", [1, 2, 7, 64])
def test_pieces_of_any_length_make_the_same_lines(size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "PIECE", size)
    path = write(tmp_path, "\ufeffä\r\n\r\nb\nc\r".encode())
    assert [line for _, lines in blocks(path) for line in lines] == ["ä", "", "b", "c"]
    assert next(number for number, _ in blocks(path)) == 1
    path = write(tmp_path, ' {"a": {"b": [1]},\n "jobs": [12345, "ä\\u00e4",\n {"c": 1.5e3}, [], -7]}\n[true]')
    assert list(items(path, ("jobs",))) == [(2, 12345), (2, "ää"), (3, {"c": 1500.0}), (3, []), (3, -7), (4, True)]


def test_another_encoding_is_one_error_with_the_place_of_the_byte(tmp_path: Path) -> None:
    path = write(tmp_path, TEXT.encode("latin-1"))
    at = TEXT.encode("latin-1").index(b"\xe4")
    assert refused("slurm", path) == (
        f"{path}:2: byte {at:,} of the text, 0xe4, is not of UTF-8. Save the file as UTF-8, say: iconv -f latin1 -t "
        "UTF-8."
    )
    cut = write(tmp_path, (TEXT + "ä").encode()[:-1], "cut.txt")
    assert f"byte {len(TEXT.encode()):,} of the text, 0xc3, is not of UTF-8" in refused("slurm", cut)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (TEXT.encode("utf-16"), "the file is UTF-16 text. Save it as UTF-8: iconv -f UTF-16 -t UTF-8."),
        (b"PK\x03\x04abc", "the file is a zip archive. Unpack it first."),
        (b"\xfd7zXZ\x00", "the file is compressed with xz. Unpack it first: unxz."),
        (b"\x28\xb5\x2f\xfd0", "the file is compressed with zstd. Unpack it first: unzstd."),
        (b"PAR1PAR1", "the file is Parquet. Give a text file."),
        (b"\x1f\x8b", "the compressed file is cut off or damaged"),
        (b"\x1f\x8b" + bytes(100), "the compressed file is cut off or damaged"),
    ],
)
def test_files_that_are_no_text_are_called_by_their_name(content: bytes, words: str, tmp_path: Path) -> None:
    assert words in refused("slurm", write(tmp_path, content))


def test_a_line_that_is_too_long_is_dropped_and_the_next_is_read(tmp_path: Path) -> None:
    long = "7|" + "x" * (3 * texts.LONGEST_LINE)
    for content in (sacct(job_line("1"), long, job_line("2")), sacct(job_line("1"), job_line("2")) + long):
        found = read("slurm", write(tmp_path, content))
        assert rows(found, "job") == [("1",), ("2",)]
        assert dropped(found) == {"UNREADABLE": 1}
        assert "the line has more than 1,048,576 characters" in str(found.tally.examples)


def test_nul_bytes_make_a_line_unreadable_or_a_team_none(tmp_path: Path) -> None:
    found = read("slurm", write(tmp_path, sacct(job_line("\x007"), job_line("8", Account="a\x00b"), job_line("9"))))
    assert rows(found, "job", "team") == [("8", None), ("9", "lab")]
    assert dropped(found) == {"UNREADABLE": 1}
    assert "\x00" not in str(found.tally.examples)


def test_files_that_are_not_there_and_folders_are_told(tmp_path: Path) -> None:
    write(tmp_path, TEXT, "sacct.txt")
    words = refused("slurm", tmp_path / "sact.txt")
    assert words == f"{tmp_path / 'sact.txt'}: there is no such file. Did you mean 'sacct.txt'?"
    assert refused("slurm", tmp_path / "no" / "x.txt").endswith("there is no such file. Check the path.")
    assert refused("slurm", tmp_path) == f"{tmp_path}: this is a folder. Give the files in it."


def test_a_json_value_that_is_too_long_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "LARGEST_ITEM", 1000)
    monkeypatch.setattr(texts, "PIECE", 100)
    path = write(tmp_path, '{"jobs": ["' + "x" * 3000 + '"]}')
    with pytest.raises(Exception, match="or a value has more than"):
        list(items(path, ("jobs",)))


def test_only_the_header_names_columns(tmp_path: Path) -> None:
    assert "no job is left of 0 records." in refused("slurm", write(tmp_path, SACCT_HEAD + "\n\n"))
