"""One evaluation from sequences to scores (thesis Sec. 3.3, 6.3.3, 8.3)."""

from dataclasses import dataclass
from functools import partial
import hashlib
from pathlib import Path

from mocap_ros.datasets.evaluation_sequence import EvaluationSequence
from mocap_ros.datatypes.config import settings_of
from mocap_ros.evaluation.coco_scores import coco_annotations, coco_results, coco_scores
from mocap_ros.evaluation.estimation import pieces_of, predict
from mocap_ros.evaluation.predictions import PredictedPeople, nobody_predicted
from mocap_ros.evaluation.protocols import Protocol
from mocap_ros.evaluation.run_folder import predictions_of
from mocap_ros.evaluation.scored_people import join, score_sequence
from mocap_ros.evaluation.spreading import spread
from mocap_ros.evaluation.summary import finite, summarise
from mocap_ros.evaluation.tracks import identity_summary, temporal_summary
from mocap_ros.nets.runtime import weights_folder


@dataclass(frozen=True, eq=False)
class ScoringTask:
    """What one process scores: an EvaluationSequence, its predictions and the Protocol."""

    sequence: EvaluationSequence
    joints: tuple
    predictions: dict[int, PredictedPeople]
    protocol: Protocol


def settings_of_run(data_set, sequences, stage, config, extra):
    """What the predictions of a run depend on, as JSON values: networks, settings, frames."""
    digest = hashlib.sha256()
    for path in sorted(Path(weights_folder(config.estimator.weights)).glob("*.onnx")):
        digest.update(path.read_bytes())
    return {
        "data set": data_set, "stage": stage, "weights": digest.hexdigest(),
        "configuration": {name: value for name, value, _ in settings_of(config) if name != "estimator.weights"},
        "frames": {each.name: len(each.frames) for each in sequences}, **extra,
    }


def predict_all(sequences, stage, config, folder, processes=1, cluster="", progress=None):
    """Runs the pipeline over all frames that `folder` lacks, and leaves the predictions there.

    Args:
        sequences: of EvaluationSequence.
        stage: 2 or 3.
        config: MocapConfig.
        folder: RunFolder.
        processes, cluster: see spread.
        progress: tqdm that counts frames; None for none.
    """
    pieces = pieces_of(sequences, stage, config)
    missing = folder.missing(pieces)
    if progress is not None:
        progress.update(sum(each.stop - each.start for each in pieces)
                        - sum(each.stop - each.start for each in missing))
    here = progress is not None and processes == 1 and not cluster  # then every frame shows, else every piece
    work = partial(predict, tick=progress.update) if here else predict
    for position, predictions in spread(work, missing, processes, cluster):
        folder.keep(missing[position], predictions)
        if progress is not None and not here:
            progress.update(len(predictions))
    folder.gather(pieces)


def score_predictions(folder, sequences, protocol, processes=1):
    """The summary of the predictions below `folder`: see summarise; with coco, temporal and identity where they apply.

    Args:
        folder: see predictions_of.
        sequences: of EvaluationSequence.
        protocol: Protocol.
        processes: see spread; the result is the same for any number.
    """
    found = predictions_of(folder, sequences)
    tasks = [ScoringTask(sequence, joints, predictions, protocol)
             for sequence, (joints, predictions) in zip(sequences, found)]
    parts = [None] * len(tasks)
    for position, scored in spread(_score, tasks, processes):
        parts[position] = scored
    summary = summarise(join(parts), protocol)
    if protocol.everybody:
        summary["coco"] = _coco(sequences, [predictions for _, predictions in found])
    summary["temporal"] = temporal_summary(sequences, found, protocol)
    summary["identity"] = finite(identity_summary(sequences, found))
    return summary


def _score(task):
    return score_sequence(task.sequence, task.predictions, task.joints, task.protocol)


def _coco(sequences, predictions):
    """COCO's scores over all sequences, by the set's own annotation file where it has one."""
    published = sequences[0].coco_annotations
    truth, results, images, unique = [], [], [], 0
    for sequence, found in zip(sequences, predictions):
        for index in range(len(sequence.frames)):
            frame = sequence.frames[index]
            unique += 1
            number = frame.number if published else unique
            images.append(number)
            people = found.get(index) or nobody_predicted(index)
            results += coco_results(number, people.keypoints_px, people.confidence, people.scores)
            if not published:
                truth += coco_annotations(number, frame.keypoints_px, frame.keypoint_visibility, frame.valid,
                                          frame.areas_px)
    return finite(coco_scores(published or truth, results, images)._asdict())
