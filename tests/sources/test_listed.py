"""Lists as people have them: with labels, in quotes, from other programs; and places as people write them."""

import os
from collections import namedtuple
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector.errors import SourceError
from inspector.sources.file_index import FileIndex


def make(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def relative(index: FileIndex, folder: Path) -> list[str]:
    return [os.path.relpath(index.path(i), folder) for i in range(len(index))]


def labels(index: FileIndex) -> list[Any]:
    return [index.label(i) for i in range(len(index))]


def of_lines(folder: Path, *lines: str) -> FileIndex:
    (folder / "list.txt").write_text("\n".join(lines))
    return FileIndex.scan(folder / "list.txt")


class TestLabels:
    @pytest.mark.parametrize("separator", [" ", "   ", "\t", ",", ", ", ";", " , "])
    def test_behind_the_path(self, separator: str, tmp_path: Path) -> None:
        index = of_lines(tmp_path, *(f"sub/a b,{n}.JPG{separator}{label}" for n, label in enumerate(("10", "2", "10"))))
        assert relative(index, tmp_path) == ["sub/a b,0.JPG", "sub/a b,1.JPG", "sub/a b,2.JPG"]
        assert labels(index) == ["10", "2", "10"]
        assert index.classes == ("2", "10")

    def test_words_and_several_numbers(self, tmp_path: Path) -> None:
        index = of_lines(tmp_path, "# names", "a.jpg tabby cat", "", "b.png 3 7 12", "c.webp 'dog'")
        assert relative(index, tmp_path) == ["a.jpg", "b.png", "c.webp"]
        assert labels(index) == ["tabby cat", "3 7 12", "dog"]

    def test_a_csv_with_a_header_and_quotes(self, tmp_path: Path) -> None:
        index = of_lines(tmp_path, "filename,label", '"a, b.jpg","cat"', "c.jpg,dog")
        assert relative(index, tmp_path) == ["a, b.jpg", "c.jpg"]
        assert labels(index) == ["cat", "dog"]

    @pytest.mark.parametrize("line", ['"a.jpg"\rb.jpg', '"' + "a" * (1 << 18) + '.jpg",1'], ids=["return", "long"])
    def test_quotes_that_no_csv_has_are_refused(self, line: str, tmp_path: Path) -> None:
        (tmp_path / "list.txt").write_bytes(f"b.jpg\n{line}\n".encode())
        with pytest.raises(SourceError, match=r"list\.txt, line 2, has quotes that are not a CSV file's"):
            FileIndex.scan(tmp_path / "list.txt")

    def test_a_path_without_an_extension_before_a_tab(self, tmp_path: Path) -> None:
        index = of_lines(tmp_path, "n01440764/001\t3", "n01440764/002\t4")
        assert (relative(index, tmp_path), labels(index)) == (["n01440764/001", "n01440764/002"], ["3", "4"])

    def test_a_number_before_the_path(self, tmp_path: Path) -> None:
        make(tmp_path, "7 up.jpg")
        index = of_lines(tmp_path, "3 a.jpg", "12\tb.jpg")
        assert (relative(index, tmp_path), labels(index)) == (["a.jpg", "b.jpg"], ["3", "12"])
        assert relative(of_lines(tmp_path, "7 up.jpg"), tmp_path) == ["7 up.jpg"]

    def test_without_labels_all_is_path(self, tmp_path: Path) -> None:
        lines = ["a b.jpg", "c,d.png", "no extension", "semi;colon.tif", "photo.jpg.backup"]
        index = of_lines(tmp_path, *lines)
        assert (relative(index, tmp_path), index.classes) == (lines, ())

    def test_two_lines_that_might_be_a_header(self, tmp_path: Path) -> None:
        for lines in (["one two"], ["one two", "three four"], ["one two", "a.jpg"]):
            assert relative(of_lines(tmp_path, *lines), tmp_path) == lines

    def test_some_with_and_some_without_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match=r"list\.txt: line 1 has a label .* and line 3 has none"):
            of_lines(tmp_path, "a.jpg 1", "", "b.jpg")
        with pytest.raises(SourceError, match="1 labels for 2 files"):
            FileIndex.scan([("a.jpg", 1), "b.jpg"])

    def test_two_files_in_a_line_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match=r"list\.txt, line 1, names more than one file"):
            of_lines(tmp_path, "img/a.jpg mask/a.png")
        make(tmp_path, "img/a.jpg mask/a.png")
        assert relative(of_lines(tmp_path, "img/a.jpg mask/a.png"), tmp_path) == ["img/a.jpg mask/a.png"]

    def test_pairs_keep_their_labels_as_they_are(self) -> None:
        pairs = [("a.jpg", 10), (Path("b.jpg"), 2), ["c.jpg", np.int64(2)]]
        index = FileIndex.scan(pairs)  # type: ignore[arg-type]  # lists will do
        assert (labels(index), index.classes) == ([10, 2, 2], ("2", "10"))
        assert {type(label) for label in labels(index)} == {int}
        pair = namedtuple("pair", "path label")
        assert labels(FileIndex.scan([pair("a.jpg", "cat")])) == ["cat"]

    def test_class_table_and_fingerprint(self, tmp_path: Path) -> None:
        first = of_lines(tmp_path, "a.jpg x", "b.jpg y", "c.jpg x")
        table = first.class_table()
        assert table is not None
        assert (table.of(np.arange(3)).tolist(), table.sizes.tolist()) == ([0, 1, 0], [2, 1])
        second = of_lines(tmp_path, "a.jpg x", "b.jpg y", "c.jpg y")
        assert first.fingerprint() != second.fingerprint()
        assert first.fingerprint() == of_lines(tmp_path, "a.jpg,x", "b.jpg,y", "c.jpg,x").fingerprint()


class TestPlaces:
    @pytest.fixture(autouse=True)
    def _home(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        make(tmp_path / "home", "photos/a b.jpg", "photos/c.jpg")
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
        monkeypatch.chdir(tmp_path)

    def test_the_home_folder(self, tmp_path: Path) -> None:
        home = tmp_path / "home"
        assert relative(FileIndex.scan("~/photos"), home) == ["photos/a b.jpg", "photos/c.jpg"]
        assert relative(FileIndex.scan(Path("~/photos/c.jpg")), home) == ["photos/c.jpg"]
        assert relative(FileIndex.scan(["~/photos/c.jpg"]), home) == ["photos/c.jpg"]
        assert relative(of_lines(tmp_path, "~/photos/c.jpg 3"), home) == ["photos/c.jpg"]

    def test_a_folder_of_that_name_goes_first(self, tmp_path: Path) -> None:
        make(tmp_path, "~/photos/own.jpg")
        assert relative(FileIndex.scan("~/photos"), tmp_path) == ["~/photos/own.jpg"]
        assert relative(of_lines(tmp_path, "~/photos/own.jpg"), tmp_path) == ["~/photos/own.jpg"]

    def test_file_urls(self, tmp_path: Path) -> None:
        folder = tmp_path / "home" / "photos"
        assert len(FileIndex.scan(folder.as_uri())) == 2
        assert len(FileIndex.scan(f"file://localhost{folder}")) == 2
        assert relative(FileIndex.scan([(folder / "a b.jpg").as_uri()]), folder) == ["a b.jpg"]
        assert relative(of_lines(tmp_path, (folder / "a b.jpg").as_uri() + ",cat"), folder) == ["a b.jpg"]

    @pytest.mark.parametrize("url", ["s3://bucket/train", "https://example.org/a.jpg", "file://elsewhere/a.jpg"])
    def test_other_urls_are_named(self, url: str, tmp_path: Path) -> None:
        for source in (url, [url], [(url, 1)]):
            with pytest.raises(SourceError, match="is a URL that cannot be loaded from here: download what is there"):
                FileIndex.scan(source)
        with pytest.raises(SourceError, match=r"list\.txt, line 2: .* is a URL"):
            of_lines(tmp_path, "a.jpg", url)


class TestPatterns:
    @pytest.fixture(autouse=True)
    def _files(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        make(tmp_path, "d/dog/2.jpg", "d/cat/1.jpg", "d/cat/3.png", "d/cat/deep/4.jpg", "d/notes.txt", "d/[x].jpg")
        monkeypatch.chdir(tmp_path)

    @pytest.mark.parametrize(
        ("pattern", "found", "classes"),
        [
            ("d/*/*.jpg", ["d/cat/1.jpg", "d/dog/2.jpg"], ("cat", "dog")),
            ("d/c*", ["d/cat/1.jpg", "d/cat/3.png", "d/cat/deep/4.jpg"], ("cat",)),
            ("d/**/*.jpg", ["d/[x].jpg", "d/cat/1.jpg", "d/cat/deep/4.jpg", "d/dog/2.jpg"], ()),
            ("d/?at/**", ["d/cat/1.jpg", "d/cat/3.png", "d/cat/deep/4.jpg"], ("cat",)),
            ("*/[cd]og/*", ["d/dog/2.jpg"], ("d",)),
            ("d/*.txt", [], ()),
            ("d/nothing*", [], ()),
        ],
    )
    def test_what_they_fit(self, pattern: str, found: list[str], classes: tuple[str, ...], tmp_path: Path) -> None:
        index = FileIndex.scan(pattern)
        assert [index.path(i) for i in range(len(index))] == found
        assert (index.classes, index.source) == (classes, pattern)
        absolute = FileIndex.scan(tmp_path / pattern)
        assert relative(absolute, tmp_path) == found
        assert absolute.classes == classes
        assert absolute.fingerprint() == index.fingerprint()

    def test_links_are_followed_unless_told_otherwise(self, tmp_path: Path) -> None:
        make(tmp_path, "elsewhere/5.jpg")
        (tmp_path / "d" / "cow").symlink_to(tmp_path / "elsewhere")
        (tmp_path / "d" / "dog" / "6.jpg").symlink_to(tmp_path / "d" / "dog" / "2.jpg")
        index = FileIndex.scan("d/*/*.jpg")
        found = ["d/cat/1.jpg", "d/cow/5.jpg", "d/dog/2.jpg", "d/dog/6.jpg"]
        assert ([index.path(i) for i in range(len(index))], index.outside) == (found, 1)
        index = FileIndex.scan("d/*/*.jpg", follow_links=False)
        assert [index.path(i) for i in range(len(index))] == ["d/cat/1.jpg", "d/dog/2.jpg"]

    def test_a_file_of_that_name_goes_first(self) -> None:
        index = FileIndex.scan("d/[x].jpg")
        assert [index.path(i) for i in range(len(index))] == ["d/[x].jpg"]
