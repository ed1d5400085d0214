"""Evaluation sequences as training samples: one reader of a data set serves both."""

import numpy as np

from mocap_ros.datasets.label_layout import outside_image
from mocap_ros.datasets.sample import Sample

MARGIN = 0.3  # of a person's keypoint box, by which it is widened


class FrameSamples:
    """Samples of the frames of some sequences, end to end.

    Args:
        sequences: EvaluationSequences.
        labelled: KEYPOINTS that the set labels, (K,) bool.
        bystanders: people without labels may be about: only the labelled people's surroundings are learned.

    People whose labels do not count (`valid` False) become `ignore` areas.
    """

    def __init__(self, sequences, labelled, bystanders=False):
        self.sequences, self.labelled, self.bystanders = tuple(sequences), labelled, bystanders
        self.starts = np.cumsum([0] + [len(each.frames) for each in self.sequences])

    def __len__(self):
        return int(self.starts[-1])

    def __getitem__(self, index):
        if not -len(self) <= index < len(self):
            raise IndexError(f"sample {index} of {len(self)}")
        index %= len(self)
        number = int(np.searchsorted(self.starts, index, side="right")) - 1
        sequence = self.sequences[number]
        frame = sequence.frames[index - int(self.starts[number])]
        image = frame.read_image()
        camera = sequence.camera if frame.camera is None else frame.camera
        ignore = np.zeros((0, 0), bool)
        if self.bystanders or not frame.valid.all():
            ignore = np.full(image.shape[:2], self.bystanders)
            for person in np.argsort(~frame.valid, kind="stable"):  # those that do not count come last and win
                mark_person(ignore, frame.keypoints_px[person], not frame.valid[person])
        visibility = outside_image(frame.keypoints_px, frame.keypoint_visibility, image.shape[1], image.shape[0])
        return Sample(
            image, frame.keypoints_px[frame.valid], visibility[frame.valid],
            frame.joints_camera[frame.valid], np.full((3, 3), np.nan) if camera is None else camera.matrix, ignore,
            self.labelled,
        )


def mark_person(mask, keypoints_px, value):
    """Sets the widened box around a person's keypoints [px], (K, 2), in `mask`."""
    points = keypoints_px[np.isfinite(keypoints_px).all(1)]
    if not len(points):
        return
    low, high = points.min(0), points.max(0)
    margin = MARGIN * (high - low).max()
    left, top = np.maximum(np.floor(low - margin), 0).astype(int)
    right, bottom = np.maximum(np.ceil(high + margin) + 1, 0).astype(int)
    mask[top:bottom, left:right] = value
