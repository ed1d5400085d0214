"""Built engines are kept, and made again when what they depend on differs or when they are damaged."""

import logging

import pytest

from mocap_ros.nets.engine_cache import cache_folder, cached_engine, file_hash

KEY = {"weights": "abc", "version": "1"}


class Workshop:
    """Builds files that hold a number, and counts."""

    def __init__(self):
        self.built = 0

    def build(self, path):
        self.built += 1
        path.write_text(f"engine {self.built}")

    def open(self, path):
        text = path.read_text()
        if not text.startswith("engine "):
            raise RuntimeError("not an engine\nand more lines")
        return text


def test_an_engine_is_built_once(tmp_path):
    workshop = Workshop()
    for _ in range(3):
        assert cached_engine("toy", KEY, workshop.build, workshop.open, tmp_path / "new") == "engine 1"
    assert workshop.built == 1


@pytest.mark.parametrize("change", [{"weights": "abd"}, {"version": "2"}, {"gpu": "other"}])
def test_any_other_key_is_another_engine(tmp_path, change):
    workshop = Workshop()
    cached_engine("toy", KEY, workshop.build, workshop.open, tmp_path)
    assert cached_engine("toy", {**KEY, **change}, workshop.build, workshop.open, tmp_path) == "engine 2"
    assert cached_engine("toy", KEY, workshop.build, workshop.open, tmp_path) == "engine 1"


@pytest.mark.parametrize("content", ["", "rubbish"])
def test_a_damaged_engine_is_built_again_with_a_warning(tmp_path, caplog, content):
    workshop = Workshop()
    cached_engine("toy", KEY, workshop.build, workshop.open, tmp_path)
    (path,) = [each for each in tmp_path.iterdir() if each.suffix != ".json"]
    path.write_text(content)
    with caplog.at_level(logging.WARNING):
        assert cached_engine("toy", KEY, workshop.build, workshop.open, tmp_path) == "engine 2"
    assert "damaged (not an engine), building it again" in caplog.text
    assert cached_engine("toy", KEY, workshop.build, workshop.open, tmp_path) == "engine 2"


def test_a_build_that_fails_leaves_nothing_behind(tmp_path):
    def fail(path):
        path.write_text("half an eng")
        raise ValueError("out of memory")

    with pytest.raises(ValueError, match="out of memory"):
        cached_engine("toy", KEY, fail, Workshop().open, tmp_path)
    assert [each for each in tmp_path.iterdir() if each.suffix != ".json"] == []


def test_a_folder_that_cannot_be_written_is_warned_of_and_done_without(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    workshop = Workshop()
    with caplog.at_level(logging.WARNING):
        assert cached_engine("toy", KEY, workshop.build, workshop.open, tmp_path / "file" / "cache") == "engine 1"
    assert "no engines can be kept there" in caplog.text


def test_what_an_engine_depends_on_stands_beside_it(tmp_path):
    cached_engine("toy", KEY, Workshop().build, Workshop().open, tmp_path)
    (path,) = tmp_path.glob("toy-*.json")
    assert '"weights": "abc"' in path.read_text()


def test_the_folder_is_the_users_to_choose(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("MOCAP_CACHE", raising=False)
    assert cache_folder() == tmp_path / "mocap_ros"
    monkeypatch.setenv("MOCAP_CACHE", str(tmp_path / "mine"))
    assert cache_folder() == tmp_path / "mine"


def test_a_files_hash_is_of_its_content(tmp_path):
    (tmp_path / "a").write_bytes(b"one")
    (tmp_path / "b").write_bytes(b"one")
    (tmp_path / "c").write_bytes(b"two")
    assert file_hash(tmp_path / "a") == file_hash(tmp_path / "b") != file_hash(tmp_path / "c")
