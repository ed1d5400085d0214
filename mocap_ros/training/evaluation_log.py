"""Scores and example pictures of a Stage I while it is trained: a line, a CSV file, TensorBoard."""

from functools import cached_property

import cv2
import numpy as np

from mocap_ros.datasets.sample import OUTSIDE, SEEN
from mocap_ros.synthesis.sheet import draw_labels
from mocap_ros.training.steps import tensorboard
from mocap_ros.training.validation import FoundScores, detect_with, score_detector, torch_inference

EXAMPLES = 8  # pictures
EXAMPLE_WIDTH = 512  # px


class EvaluationLog:
    """Scores an averaged Stage I on sets of samples; a function of (model, step).

    Args:
        sets: dict of name to samples: held-out rendered people, labelled photographs, anything.
        run: folder of the run. validation.csv there has a line for each set and step, examples.jpg the newest pictures.
        detector: function from an `infer` to a function from an image to Detections.
    """

    def __init__(self, sets, run, detector=detect_with):
        self.sets, self.run, self.detector = sets, run, detector

    @cached_property
    def _board(self):
        """Made when it is first asked for: of several processes only the first one is."""
        return tensorboard(self.run)

    def __call__(self, model, step):
        detect = self.detector(torch_inference(model))
        for name, samples in self.sets.items():
            scores = score_detector(detect, samples)
            print(f"step {step}, {name}: " + "  ".join(f"{key} {value:.3f}" for key, value in scores._asdict().items()),
                  flush=True)
            self._keep(step, name, scores)
        examples = self._examples(detect)
        cv2.imwrite(str(self.run / "examples.jpg"), examples)
        if self._board:
            self._board.add_image("examples", examples[..., ::-1], step, dataformats="HWC")
            self._board.flush()

    def _keep(self, step, name, scores):
        path = self.run / "validation.csv"
        if not path.exists():
            path.write_text(",".join(("step", "set") + FoundScores._fields) + "\n")
        with path.open("a") as file:
            file.write(",".join([str(step), name] + [f"{value:.4f}" for value in scores]) + "\n")
        if self._board:
            for key, value in scores._asdict().items():
                self._board.add_scalar(f"{name}/{key}", value, step)

    def _examples(self, detect):
        """What is found in the first pictures of each set, side by side, (rows, columns, 3) uint8."""
        share = max(1, EXAMPLES // len(self.sets))
        tiles = []
        for samples in self.sets.values():
            for sample in samples[:share]:
                found = detect(sample.image)
                visibility = np.where(found.confidence > 0, SEEN, OUTSIDE)
                drawn = draw_labels(sample.image, found.keypoints_px, visibility, scale=1)
                height = round(EXAMPLE_WIDTH * drawn.shape[0] / drawn.shape[1])
                tiles.append(cv2.resize(drawn, (EXAMPLE_WIDTH, height)))
        tallest = max(tile.shape[0] for tile in tiles)
        tiles = [np.pad(tile, ((0, tallest - len(tile)), (0, 0), (0, 0))) for tile in tiles]
        if len(tiles) % 2:
            tiles.append(np.zeros_like(tiles[0]))
        return np.vstack([np.hstack(tiles[n:n + 2]) for n in range(0, len(tiles), 2)])
