"""The folder of one evaluation: predictions piece by piece, so that an interrupted run goes on where it was."""

import json
from pathlib import Path

from mocap_ros.datatypes.errors import ConfigError, writing
from mocap_ros.evaluation.predictions import file_name, read_predictions, write_predictions

PREDICTIONS, PIECES, SETTINGS = "predictions", "pieces", "settings.json"


class RunFolder:
    """DIR/settings.json, DIR/pieces/ while running, DIR/predictions/ in the end.

    Args:
        folder: made where missing.
        settings: dict of JSON values that the predictions depend on.

    Raises:
        ConfigError: the folder holds predictions made with other settings, or cannot be written.
    """

    def __init__(self, folder, settings):
        self.folder = Path(folder)
        path = self.folder / SETTINGS
        text = json.dumps(settings, indent=1, sort_keys=True)
        with writing(self.folder, ConfigError):
            self.folder.mkdir(parents=True, exist_ok=True)
            if path.exists():
                self._check(path, settings)
            path.write_text(text + "\n")

    def _check(self, path, settings):
        try:
            old = json.loads(path.read_text())
        except ValueError:
            old = {}
        other = sorted(name for name in old.keys() | settings.keys() if old.get(name) != settings.get(name))
        if other:
            raise ConfigError(f"{self.folder}: holds predictions made with another {', '.join(other)}; choose another "
                              f"--out or remove the folder")

    def missing(self, pieces):
        """Those of `pieces` that have no result yet."""
        whole = {each.sequence.name for each in pieces if self._sequence_path(each.sequence.name).exists()}
        return [each for each in pieces if each.sequence.name not in whole and not self._piece_path(each).exists()]

    def keep(self, piece, predictions):
        """Stores a piece's result."""
        write_predictions(self._piece_path(piece), piece.sequence.name, predictions)

    def gather(self, pieces):
        """Joins the pieces of each sequence into its file below DIR/predictions."""
        names = dict.fromkeys(each.sequence.name for each in pieces)
        for name in names:
            if self._sequence_path(name).exists():
                continue
            paths = [self._piece_path(each) for each in pieces if each.sequence.name == name]
            parts = [read_predictions(path)[2] for path in paths]
            write_predictions(self._sequence_path(name), name, [each for part in parts for each in part.values()])
            for path in paths:
                path.unlink()
        if (self.folder / PIECES).is_dir() and not any((self.folder / PIECES).iterdir()):
            (self.folder / PIECES).rmdir()

    def _piece_path(self, piece):
        return self.folder / PIECES / file_name(piece.name)

    def _sequence_path(self, name):
        return self.folder / PREDICTIONS / file_name(name)


def predictions_of(folder, sequences):
    """Predictions of every sequence below `folder`.

    Args:
        folder: holds a file for each sequence, named as `file_name` says, in it or in its predictions/.
        sequences: of EvaluationSequence.

    Returns:
        For each sequence (names of the predicted joints, dict of frame index to PredictedPeople).

    Raises:
        ConfigError: a sequence without a file, or a damaged file.
    """
    folder = Path(folder)
    folder = folder / PREDICTIONS if (folder / PREDICTIONS).is_dir() else folder
    missing = [each.name for each in sequences if not (folder / file_name(each.name)).is_file()]
    if missing:
        raise ConfigError(f"{folder}: no predictions of {', '.join(missing[:5])}{' ...' if missing[5:] else ''}; "
                          f"wanted {file_name(missing[0])}")
    results = []
    for sequence in sequences:
        path = folder / file_name(sequence.name)
        _, joints, predictions = read_predictions(path)
        beyond = [frame for frame in predictions if not 0 <= frame < len(sequence.frames)]
        if beyond:
            last = len(sequence.frames) - 1
            raise ConfigError(f"{path}: frame {beyond[0]}, but {sequence.name} has frames 0 to {last}")
        results.append((joints, predictions))
    return results
