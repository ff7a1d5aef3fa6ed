"""The index on real trees: what is found, in which order, and what happens where the tree is hostile."""

import os
import pickle
import random
import shutil
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.errors import IndexingCancelled, SourceError
from inspector.sources.file_index import FileIndex


def make(root: Path, *names: str) -> None:
    """Empty files below `root`, with the folders that they need, made in the order given."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def found(index: FileIndex) -> list[str]:
    return [index.relative(i).replace(os.sep, "/") for i in range(len(index))]


def link_folder(link: Path, target: Path) -> None:
    try:
        link.symlink_to(target, target_is_directory=True)
    except OSError:
        pytest.skip("this system allows no symbolic links here")


class TestWhatIsFound:
    def test_images_in_all_subfolders_but_nothing_else(self, tmp_path: Path) -> None:
        make(tmp_path, "a.jpg", "b/c.png", "b/d/e/f.webp", "notes.txt", "b/archive.zip", "jpg", "b/png.", "x.jpg.part")
        assert found(FileIndex.scan(tmp_path)) == ["a.jpg", "b/c.png", "b/d/e/f.webp"]

    def test_extension_in_any_case(self, tmp_path: Path) -> None:
        make(tmp_path, "a.JPG", "b.JpEg", "c.TIFF", "d.tar.Png")
        assert found(FileIndex.scan(tmp_path)) == ["a.JPG", "b.JpEg", "c.TIFF", "d.tar.Png"]

    @pytest.mark.parametrize("extensions", [["raw"], [".raw"], ("RAW",), {".Raw"}])
    def test_extensions_can_be_chosen(self, tmp_path: Path, extensions: list[str]) -> None:
        make(tmp_path, "a.jpg", "b.raw", "c.RAW")
        assert found(FileIndex.scan(tmp_path, extensions=extensions)) == ["b.raw", "c.RAW"]

    def test_hidden_files_and_folders_are_left_out(self, tmp_path: Path) -> None:
        make(tmp_path, ".hidden.jpg", ".jpg", ".git/a.jpg", "b/.thumbnails/c.jpg", "b/d.jpg")
        assert found(FileIndex.scan(tmp_path)) == ["b/d.jpg"]

    def test_a_hidden_folder_that_is_asked_for_is_searched(self, tmp_path: Path) -> None:
        make(tmp_path, ".cache/a.jpg")
        assert found(FileIndex.scan(tmp_path / ".cache")) == ["a.jpg"]

    def test_a_folder_with_an_image_name_is_a_folder(self, tmp_path: Path) -> None:
        make(tmp_path, "holiday.jpg/a.jpg", "b.jpg")
        assert found(FileIndex.scan(tmp_path)) == ["b.jpg", "holiday.jpg/a.jpg"]

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
    def test_a_pipe_with_an_image_name_is_not_a_file(self, tmp_path: Path) -> None:
        make(tmp_path, "a.jpg")
        os.mkfifo(tmp_path / "pipe.jpg")
        (tmp_path / "link.jpg").symlink_to("pipe.jpg")
        assert found(FileIndex.scan(tmp_path)) == ["a.jpg"]

    def test_empty_folder(self, tmp_path: Path) -> None:
        index = FileIndex.scan(tmp_path)
        assert (len(index), index.classes, index.unreadable) == (0, (), ())

    @pytest.mark.parametrize(
        "name",
        [
            "two words .jpg",
            "日本語 🐈‍⬛.jpg",
            "#not a comment.jpg",
            "a" * 246 + ".jpg",
            "🐈" * 62 + ".jpg",
            "é.jpg",
        ],
    )
    def test_strange_names_lead_to_the_file(self, tmp_path: Path, name: str) -> None:
        folder = tmp_path / "ẞ folder 🖼"
        folder.mkdir()
        try:
            (folder / name).write_bytes(b"content")
        except OSError:
            pytest.skip("this file system refuses the name")
        index = FileIndex.scan(tmp_path)
        assert Path(index.path(0)).read_bytes() == b"content"
        assert index.label(0) == folder.name

    @pytest.mark.skipif(os.name == "nt", reason="names are Unicode there, without line ends")
    def test_names_that_are_not_utf8_or_have_line_ends(self, tmp_path: Path) -> None:
        root = os.fsencode(tmp_path)
        names = [b"caf\xe9.jpg", b"\xff\xfe.jpg", b"line\nend.jpg"]
        try:
            for name in names:
                Path(os.fsdecode(os.path.join(root, name))).write_bytes(name)
        except OSError:
            pytest.skip("this file system refuses names that are not UTF-8")
        index = FileIndex.scan(tmp_path)
        assert [Path(index.path(i)).read_bytes() for i in range(len(index))] == sorted(names)


class TestOrder:
    def test_a_folders_files_then_its_subfolders_each_sorted_as_bytes(self, tmp_path: Path) -> None:
        make(tmp_path, "b/z.jpg", "b/a/1.jpg", "b-c/1.jpg", "Z.jpg", "a.jpg", "é.jpg", "10.jpg", "9.jpg", "B/1.jpg")
        expected = ["10.jpg", "9.jpg", "Z.jpg", "a.jpg", "é.jpg", "B/1.jpg", "b/z.jpg", "b/a/1.jpg", "b-c/1.jpg"]
        if (tmp_path / "b" / "1.jpg").exists():
            pytest.skip("this file system does not tell b from B")
        assert found(FileIndex.scan(tmp_path)) == expected

    def test_the_order_of_creation_does_not_matter(self, tmp_path: Path) -> None:
        names = [f"{folder}/{i}.jpg" for folder in ("x", "y/z", "y", "w") for i in range(200)]
        make(tmp_path / "one", *names)
        make(tmp_path / "two", *reversed(names))
        assert found(FileIndex.scan(tmp_path / "one")) == found(FileIndex.scan(tmp_path / "two"))

    @settings(max_examples=60, deadline=None)
    @given(
        names=st.lists(
            st.lists(
                st.sampled_from(["a", "B", "b", ".h", "a-b", "é", "x.jpg", "y.PNG", "z.txt"]), min_size=1, max_size=4
            ),
            max_size=25,
        )
    )
    def test_like_a_plain_walk_that_is_sorted_afterwards(self, names: list[list[str]]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for parts in names:
                path = root.joinpath(*parts)
                if any(parent.is_file() for parent in path.parents) or path.exists():
                    continue
                make(root, "/".join(parts))
            assert found(FileIndex.scan(root)) == plain_walk(root)


def plain_walk(root: Path) -> list[str]:
    """The order's definition, in its simplest form: in every folder files (0) before folders (1), by name as bytes."""
    keys: list[list[tuple[int, bytes]]] = []
    for folder, _, names in os.walk(root):
        parts = Path(folder).relative_to(root).parts
        keys += [
            [(1, os.fsencode(part)) for part in parts] + [(0, os.fsencode(name))]
            for name in names
            if name.lower().endswith((".jpg", ".png")) and not any(part.startswith(".") for part in (*parts, name))
        ]
    return ["/".join(os.fsdecode(part) for _, part in key) for key in sorted(keys)]


class TestLinks:
    def test_a_linked_file_is_a_file_and_a_dead_link_is_not(self, tmp_path: Path) -> None:
        make(tmp_path, "a/real.jpg")
        link_folder(tmp_path / "dead.jpg", tmp_path / "nowhere")
        link_folder(tmp_path / "circle.jpg", tmp_path / "circle.jpg")
        (tmp_path / "link.jpg").symlink_to(tmp_path / "a" / "real.jpg")
        assert found(FileIndex.scan(tmp_path)) == ["link.jpg", "a/real.jpg"]

    def test_links_to_itself_to_the_parent_and_to_each_other_end(self, tmp_path: Path) -> None:
        make(tmp_path, "a/1.jpg", "b/2.jpg")
        link_folder(tmp_path / "a" / "self", tmp_path / "a")
        link_folder(tmp_path / "a" / "parent", tmp_path)
        link_folder(tmp_path / "a" / "to_b", tmp_path / "b")
        link_folder(tmp_path / "b" / "to_a", tmp_path / "a")
        index = FileIndex.scan(tmp_path)
        assert found(index) == ["a/1.jpg", "b/2.jpg"]
        assert index.unreadable == ()

    def test_a_linked_folder_is_searched_once_and_after_the_others(self, tmp_path: Path) -> None:
        make(tmp_path, "elsewhere/deep/1.jpg", "root/z/2.jpg")
        link_folder(tmp_path / "root" / "a", tmp_path / "elsewhere")
        link_folder(tmp_path / "root" / "b", tmp_path / "elsewhere")
        link_folder(tmp_path / "root" / "c", tmp_path / "root" / "z")
        index = FileIndex.scan(tmp_path / "root")
        assert found(index) == ["z/2.jpg", "a/deep/1.jpg"]
        assert [index.label(i) for i in range(2)] == ["z", "a"]

    def test_what_links_take_in_from_outside_is_counted_and_can_be_left_out(self, tmp_path: Path) -> None:
        make(tmp_path, "root/a.jpg", "root/in/b.jpg", "elsewhere/c.jpg", "elsewhere/deep/d.jpg", "e.jpg", "root2/f.jpg")
        root = tmp_path / "root"
        link_folder(root / "out", tmp_path / "elsewhere")
        link_folder(root / "near", tmp_path / "root2")  # its name begins as the root's
        (root / "out.jpg").symlink_to("../e.jpg")
        (root / "in.jpg").symlink_to("in/b.jpg")
        (tmp_path / "elsewhere" / "back.jpg").symlink_to(root / "a.jpg")
        index = FileIndex.scan(root)
        assert (len(index), index.outside) == (8, 4)
        inside = FileIndex.scan(root, follow_links=False)
        assert (found(inside), inside.outside) == (["a.jpg", "in/b.jpg"], 0)

    @given(seed=st.integers(0, 1 << 32))
    @settings(max_examples=60, deadline=None)
    def test_outside_is_what_really_lies_elsewhere(self, seed: int) -> None:
        chance = random.Random(seed)
        with tempfile.TemporaryDirectory() as name:
            folders = [Path(name, *parts) for parts in (["r"], ["r", "a"], ["r", "a", "b"], ["x"], ["x", "y"])]
            for number, folder in enumerate(folders):
                folder.mkdir()
                (folder / f"{number}.jpg").touch()
            for number in range(chance.randrange(8)):
                target = chance.choice([*folders, *Path(name).rglob("*.jpg")])
                link = chance.choice(folders) / f"link{number}{target.suffix}"
                relative = chance.random() < 0.5
                link_folder(link, Path(os.path.relpath(target, link.parent)) if relative else target)
            index = FileIndex.scan(folders[0])
            real = [os.path.realpath(index.path(i)) for i in range(len(index))]
            border = os.path.realpath(folders[0]) + os.sep
            assert index.outside == sum(not path.startswith(border) for path in real)
            plain = FileIndex.scan(folders[0], follow_links=False)
            assert found(plain) == ["0.jpg", "a/1.jpg", "a/b/2.jpg"]

    def test_the_root_may_be_a_link(self, tmp_path: Path) -> None:
        make(tmp_path, "real/1.jpg")
        link_folder(tmp_path / "link", tmp_path / "real")
        index = FileIndex.scan(tmp_path / "link")
        assert index.path(0) == str(tmp_path / "link" / "1.jpg")


class TestHostileTrees:
    def test_a_tree_deeper_than_the_recursion_limit(self) -> None:
        levels = sys.getrecursionlimit() + 200
        top = tempfile.mkdtemp()
        folders = [top]
        try:
            for _ in range(levels):
                folders.append(folders[-1] + "/d")
                os.mkdir(folders[-1])
            Path(folders[-1], "a.jpg").touch()
            assert found(FileIndex.scan(top)) == ["d/" * levels + "a.jpg"]
        finally:
            Path(folders[-1], "a.jpg").unlink(missing_ok=True)
            for folder in reversed(folders):  # shutil.rmtree recurses
                os.rmdir(folder)

    @pytest.mark.skipif(os.mkdir not in os.supports_dir_fd, reason="needs folders relative to a descriptor")
    def test_a_path_too_long_for_the_system_is_reported_and_the_rest_found(self, tmp_path: Path) -> None:
        make(tmp_path, "z/last.jpg")
        descriptor = os.open(tmp_path, os.O_RDONLY)
        for _ in range(24):
            os.mkdir("d" * 250, dir_fd=descriptor)
            deeper = os.open("d" * 250, os.O_RDONLY, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = deeper
        os.close(descriptor)
        index = FileIndex.scan(tmp_path)
        assert found(index) == ["z/last.jpg"]
        assert len(index.unreadable) == 1
        assert index.unreadable[0].endswith("d" * 250)

    @pytest.mark.skipif(os.name == "nt", reason="permissions work in another way there")
    def test_a_folder_without_permission_is_reported_and_the_rest_found(self, public_folder: Path) -> None:
        make(public_folder, "a/1.jpg", "locked/2.jpg", "z/3.jpg")
        (public_folder / "locked").chmod(0)
        with without_privileges():
            index = FileIndex.scan(public_folder)
        (public_folder / "locked").chmod(0o700)
        assert found(index) == ["a/1.jpg", "z/3.jpg"]
        assert index.unreadable == (os.path.join(".", "locked"),)

    def test_a_folder_that_goes_away_in_mid_search(self, tmp_path: Path) -> None:
        make(tmp_path, "a/1.jpg", "b/2.jpg", "c/3.jpg")

        def take_b_away() -> bool:
            if len(calls) == 3:  # the root's names are listed by then
                shutil.rmtree(tmp_path / "b")
            calls.append(None)
            return False

        calls: list[None] = []
        index = FileIndex.scan(tmp_path, cancelled=take_b_away)
        assert found(index) == ["a/1.jpg", "c/3.jpg"]
        assert index.unreadable == (str(tmp_path / "b"),)

    def test_everything_goes_away_in_mid_search(self, tmp_path: Path) -> None:
        make(tmp_path, "root/a/1.jpg", "root/b/2.jpg")

        def take_all_away() -> bool:
            shutil.rmtree(tmp_path / "root", ignore_errors=True)
            return False

        index = FileIndex.scan(tmp_path / "root", cancelled=take_all_away)
        assert len(index) == 0
        assert index.unreadable == (str(tmp_path / "root"),)


@pytest.fixture
def public_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, open to every user; by its absolute path it is not, as pytest's folders are private."""
    tmp_path.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    return Path()


@contextmanager
def without_privileges() -> Iterator[None]:
    """Root reads everything: be another user meanwhile."""
    user = os.geteuid()
    with suppress(PermissionError):  # an ordinary user cannot change, and need not
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


class TestClasses:
    def test_first_level_folders(self, tmp_path: Path) -> None:
        make(tmp_path, "dog/a.jpg", "cat/b.jpg", "cat/kitten/c.jpg", "empty/readme.txt")
        index = FileIndex.scan(tmp_path)
        assert index.classes == ("cat", "dog")
        assert [index.label(i) for i in range(len(index))] == ["cat", "cat", "dog"]

    def test_none_where_a_file_lies_in_the_root(self, tmp_path: Path) -> None:
        make(tmp_path, "dog/a.jpg", "cat/b.jpg", "stray.jpg")
        index = FileIndex.scan(tmp_path)
        assert index.classes == ()
        assert {index.label(i) for i in range(len(index))} == {None}


class TestPaths:
    def test_paths_open_and_keep_the_root_as_given(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        make(tmp_path, "photos/a/b.jpg")
        monkeypatch.chdir(tmp_path)
        for given_root in ("photos", "photos/", Path("photos")):
            index = FileIndex.scan(given_root)
            assert Path(index.path(0)) == Path("photos/a/b.jpg")
            assert Path(index.path(0)).exists()
            assert (index.root, index.source) == ("photos", os.fspath(given_root))
        index = FileIndex.scan(".")
        assert (index.root, found(index)) == (".", ["photos/a/b.jpg"])

    def test_no_file_beyond_the_ends(self, tmp_path: Path) -> None:
        make(tmp_path, "a.jpg", "b.jpg")
        index = FileIndex.scan(tmp_path)
        for i in (-1, 2, 10**12):
            for method in (index.path, index.relative, index.label):
                with pytest.raises(IndexError, match="2 files"):
                    method(i)

    def test_the_same_after_pickling(self, tmp_path: Path) -> None:
        make(tmp_path, "a/1.jpg", "b/2.jpg")
        index = FileIndex.scan(tmp_path)
        copy = pickle.loads(pickle.dumps(index))
        assert (found(copy), copy.classes, copy.path(1)) == (found(index), index.classes, index.path(1))


class TestProgressAndCancelling:
    def test_the_count_rises_to_the_end(self, tmp_path: Path) -> None:
        make(tmp_path, *(f"{folder}/{i}.jpg" for folder in range(20) for i in range(30)))
        counts: list[int] = []

        def slow_disk() -> bool:
            time.sleep(0.01)
            return False

        start = time.monotonic()
        FileIndex.scan(tmp_path, on_progress=counts.append, cancelled=slow_disk)
        elapsed_s = time.monotonic() - start
        assert counts == sorted(counts)
        assert counts[-1] == 600
        assert any(0 < count < 600 for count in counts)
        assert len(counts) - 1 <= elapsed_s * 20

    def test_the_end_is_reported_once(self, tmp_path: Path) -> None:
        counts: list[int] = []
        FileIndex.scan([tmp_path / "a.jpg"], on_progress=counts.append)
        FileIndex.scan(tmp_path, on_progress=counts.append)
        assert counts == [1, 0]

    @pytest.mark.parametrize("layout", ["one folder", "many folders", "list"])
    def test_cancelling_ends_the_search_soon(self, tmp_path: Path, layout: str) -> None:
        calls = 0

        def third_time() -> bool:
            nonlocal calls
            calls += 1
            return calls == 3

        if layout == "one folder":
            make(tmp_path, *(f"{i}.jpg" for i in range(3000)))
        elif layout == "many folders":
            make(tmp_path, *(f"{i}/a.jpg" for i in range(10)))
        source = [f"{i}.jpg" for i in range(3000)] if layout == "list" else tmp_path
        with pytest.raises(IndexingCancelled, match="cancelled"):
            FileIndex.scan(source, cancelled=third_time)
        assert calls == 3

    def test_an_error_in_the_callers_own_code_reaches_the_caller(self, tmp_path: Path) -> None:
        make(tmp_path, "a.jpg")

        def broken() -> bool:
            raise OSError("the caller's")

        with pytest.raises(OSError, match="the caller's"):
            FileIndex.scan(tmp_path, cancelled=broken)


class TestLists:
    def test_a_sequence_is_taken_as_it_is(self, tmp_path: Path) -> None:
        files: list[str | Path] = [
            tmp_path / "z.jpg",
            str(tmp_path / "a.xyz"),
            tmp_path / "b" / "gone.png",
            tmp_path / "z.jpg",
        ]
        index = FileIndex.scan(files)
        assert [index.path(i) for i in range(len(index))] == [os.fspath(file) for file in files]
        assert (index.root, index.classes, index.source) == (str(tmp_path), (), "a list of 4 files")
        assert index.unreadable == ()

    def test_spelling_is_kept(self) -> None:
        files = [
            os.path.join(".", "a", "1.jpg"),
            os.path.join("..", "b", "2.jpg"),
            "3.jpg",
            os.path.join("a", "", "4.jpg"),
        ]
        index = FileIndex.scan(files)
        assert [index.path(i) for i in range(len(index))] == files
        assert (index.root, index.classes) == ("", ())

    @pytest.mark.parametrize("dots", [".", ".."])
    def test_dots_are_no_class(self, dots: str) -> None:
        index = FileIndex.scan([os.path.join(dots, "cat", "1.jpg"), os.path.join("dog", "2.jpg")])
        assert (index.root, index.classes) == ("", ())

    def test_classes_below_the_common_folder(self) -> None:
        root = os.path.join("data", "train")
        index = FileIndex.scan([os.path.join(root, name) for name in ("dog/1.jpg", "cat/deep/2.jpg", "dog/3.jpg")])
        assert (index.root, index.classes) == (root, ("cat", "dog"))
        assert [index.label(i) for i in range(3)] == ["dog", "cat", "dog"]

    def test_the_common_folder_is_a_whole_folder(self) -> None:
        index = FileIndex.scan([os.path.join("data", name) for name in ("cat/1.jpg", "car/2.jpg")])
        assert (index.root, index.classes) == ("data", ("car", "cat"))

    def test_no_root_where_absolute_and_relative_paths_mix(self, tmp_path: Path) -> None:
        index = FileIndex.scan([str(tmp_path / "cat" / "1.jpg"), os.path.join("dog", "2.jpg")])
        assert (index.root, index.classes, index.label(1)) == ("", (), None)
        assert index.relative(0) == index.path(0)

    def test_an_empty_sequence(self) -> None:
        index = FileIndex.scan([])
        assert (len(index), index.root, index.classes, index.source) == (0, "", (), "a list of 0 files")

    def test_one_image_file(self, tmp_path: Path) -> None:
        make(tmp_path, "photo.JPG")
        index = FileIndex.scan(tmp_path / "photo.JPG")
        assert (len(index), index.path(0), index.relative(0)) == (1, str(tmp_path / "photo.JPG"), "photo.JPG")
        assert (index.root, index.classes, index.label(0)) == (str(tmp_path), (), None)

    def test_a_list_file(self, tmp_path: Path) -> None:
        elsewhere = tmp_path / "elsewhere" / "b.jpg"
        lines = [
            "\ufeffz.jpg",
            "# a comment",
            "",
            "   ",
            "sub/a b.png",
            str(elsewhere),
            "日本.jpg",
            " led by a space.jpg",
        ]
        (tmp_path / "files.txt").write_bytes("\r\n".join(lines).encode())
        index = FileIndex.scan(tmp_path / "files.txt")
        names: list[str | Path] = ["z.jpg", "sub/a b.png", elsewhere, "日本.jpg", " led by a space.jpg"]
        assert [Path(index.path(i)) for i in range(len(index))] == [tmp_path / name for name in names]
        assert index.source == str(tmp_path / "files.txt")

    def test_a_list_file_beside_the_working_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        Path("FILES.TXT").write_text("cat/1.jpg\ndog/2.jpg\n")
        index = FileIndex.scan("FILES.TXT")
        assert (found(index), index.root, index.classes) == (["cat/1.jpg", "dog/2.jpg"], "", ("cat", "dog"))

    @pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
    def test_a_list_file_with_names_that_are_not_utf8(self, tmp_path: Path) -> None:
        (tmp_path / "files.txt").write_bytes(b"caf\xe9.jpg\n")
        index = FileIndex.scan(tmp_path / "files.txt")
        assert os.fsencode(index.relative(0)) == b"caf\xe9.jpg"

    def test_a_list_longer_than_a_chunk_keeps_its_order(self) -> None:
        files = [os.path.join(f"folder{i * 7 % 13}", f"{i * 31 % 2003}.jpg") for i in range(2003)]
        index = FileIndex.scan(files)
        assert [index.path(i) for i in range(len(index))] == files


class TestErrors:
    def test_does_not_exist(self, tmp_path: Path) -> None:
        for path in (tmp_path / "nowhere", tmp_path / "nowhere.txt", tmp_path / "nowhere.jpg"):
            with pytest.raises(SourceError, match=r"nowhere.* does not exist\. Check the path"):
                FileIndex.scan(path)

    def test_an_empty_path(self) -> None:
        with pytest.raises(SourceError, match="empty does not exist"):
            FileIndex.scan("")

    def test_below_a_file(self, tmp_path: Path) -> None:
        make(tmp_path, "a.jpg")
        with pytest.raises(SourceError, match="does not exist"):
            FileIndex.scan(tmp_path / "a.jpg" / "b")

    @pytest.mark.parametrize("name", ["archive.zip", "photo.raw", "README"])
    def test_another_kind_of_file(self, tmp_path: Path, name: str) -> None:
        make(tmp_path, name)
        with pytest.raises(SourceError, match=rf"{name} cannot be loaded: it is not a folder"):
            FileIndex.scan(tmp_path / name)

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
    @pytest.mark.parametrize("name", ["pipe", "pipe.jpg", "pipe.txt"])
    def test_a_pipe_is_not_waited_for(self, tmp_path: Path, name: str) -> None:
        os.mkfifo(tmp_path / name)
        with pytest.raises(SourceError, match="not a folder"):
            FileIndex.scan(tmp_path / name)

    @pytest.mark.skipif(not os.path.exists(os.devnull) or os.name == "nt", reason="no device files here")
    def test_a_device(self) -> None:
        with pytest.raises(SourceError, match="not a folder"):
            FileIndex.scan(os.devnull)

    def test_a_link_to_itself(self, tmp_path: Path) -> None:
        link_folder(tmp_path / "circle", tmp_path / "circle")
        with pytest.raises(SourceError, match="circle cannot be read"):
            FileIndex.scan(tmp_path / "circle")

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
    def test_a_list_in_another_encoding(self, tmp_path: Path, encoding: str) -> None:
        (tmp_path / "files.txt").write_text("a.jpg\nb.jpg\n", encoding=encoding)
        with pytest.raises(SourceError, match=r"files\.txt, line 1, is not UTF-8 text.*Save the list again as UTF-8"):
            FileIndex.scan(tmp_path / "files.txt")

    @pytest.mark.parametrize("path", ["a\0b.jpg", "\ud800.jpg"])
    def test_what_cannot_be_a_path(self, path: str) -> None:
        if os.name == "nt" and "\0" not in path:
            pytest.skip("a path there")
        for source in (path, ["fine.jpg", path]):
            with pytest.raises(SourceError, match=r"cannot be a path: .*Correct the path"):
                FileIndex.scan(source)

    @pytest.mark.skipif(os.name == "nt", reason="permissions work in another way there")
    def test_no_permission(self, public_folder: Path) -> None:
        make(public_folder, "locked/a.jpg", "list.txt", "fine.jpg")
        (public_folder / "locked").chmod(0)
        (public_folder / "list.txt").chmod(0)
        with without_privileges():
            for name in ("locked", "locked/a.jpg", "list.txt"):
                with pytest.raises(SourceError, match=rf"{name} may not be read: no permission"):
                    FileIndex.scan(public_folder / name)
            assert len(FileIndex.scan(public_folder)) == 1
        (public_folder / "locked").chmod(0o700)


class TestSize:
    def test_memory_of_a_folder(self, tmp_path: Path) -> None:
        make(tmp_path, *(f"n{i:08d}/n{i:08d}_{j:05d}.JPEG" for i in range(20) for j in range(500)))
        tracemalloc.start()
        index = FileIndex.scan(tmp_path)
        allocated, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(index) == 10_000
        assert index.nbytes / len(index) < 40
        assert index.nbytes <= allocated < 50 * len(index)

    def test_memory_of_a_shuffled_list_of_long_paths(self) -> None:
        folder = os.path.join("a" * 80, "b" * 80)
        index = FileIndex.scan(
            [os.path.join(folder, f"n{i * 7919 % 1000:08d}", f"{i:012d}.jpg") for i in range(100_000)]
        )
        assert index.nbytes / len(index) < 40


def test_the_class_of_many_files_at_once_is_that_of_each(tmp_path: Path) -> None:
    for name in ("b/deep/1.jpg", "b/2.jpg", "a/3.jpg", "c/x/y/4.jpg", "b/deep/5.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    index = FileIndex.scan(tmp_path)
    table = index.class_table()
    assert table is not None
    numbers = table.of(np.arange(len(index)))
    assert [index.classes[number] for number in numbers] == [index.label(i) for i in range(len(index))]
    assert dict(zip(index.classes, table.sizes.tolist(), strict=True)) == {"a": 1, "b": 3, "c": 1}


def test_without_classes_there_is_no_class_table(tmp_path: Path) -> None:
    (tmp_path / "1.jpg").touch()
    assert FileIndex.scan(tmp_path).class_table() is None
