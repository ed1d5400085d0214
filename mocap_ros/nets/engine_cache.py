"""Engines that take long to build are kept on disk, and built again whenever anything that they depend on differs."""

import hashlib
import json
import logging
import os
from pathlib import Path
import tempfile

LOGGER = logging.getLogger(__name__)
KEY_DIGITS = 16


def cache_folder():
    """Where engines are kept: $MOCAP_CACHE, else mocap_ros under the user's cache folder (XDG)."""
    if os.environ.get("MOCAP_CACHE"):
        return Path(os.environ["MOCAP_CACHE"])
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mocap_ros"


def file_hash(path):
    """SHA-256 of a file's content, as hexadecimal digits."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def cached_engine(name, key, build, open_engine, folder=None):
    """An engine for `key`, from the cache where it holds one that opens, else built and put there.

    Args:
        name: begins the file's name; says what it is to whoever looks into the folder.
        key: dict of str to str, all that the engine depends on; written beside it as JSON.
        build: function of a path that writes the engine there.
        open_engine: function of a path that returns the engine, and raises where the file is damaged.
        folder: of the cache; cache_folder() if None.

    Returns:
        What open_engine returns. A damaged file is built again, with a warning; where the cache cannot be written, the
        engine is built into a temporary folder, with a warning, every time.
    """
    folder = cache_folder() if folder is None else Path(folder)
    text = json.dumps(key, sort_keys=True, indent=1)
    path = folder / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:KEY_DIGITS]}"
    if path.is_file():
        try:
            return open_engine(path)
        except Exception as error:  # each engine's library raises its own classes
            LOGGER.warning("%s: damaged (%s), building it again", path, str(error).splitlines()[0] if str(error) else
                           type(error).__name__)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as place:
            unfinished = Path(place) / path.name
            build(unfinished)
            path.with_suffix(".json").write_text(text + "\n")
            os.replace(unfinished, path)
        return open_engine(path)
    except OSError as error:
        LOGGER.warning("%s: no engines can be kept there (%s)", folder, error.strerror)
    with tempfile.TemporaryDirectory() as place:
        build(Path(place) / path.name)
        return open_engine(Path(place) / path.name)
