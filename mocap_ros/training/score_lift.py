"""How well lift-2d does on motion it never saw: by detector, joint set, pose, missing joints and the image's border."""

from typing import NamedTuple

import numpy as np

from mocap_ros.datasets.sample import HIDDEN_BY_SELF, OUTSIDE, SEEN
from mocap_ros.datatypes.camera import Camera
from mocap_ros.datatypes.detections import Detections
from mocap_ros.datatypes.errors import ConfigError
from mocap_ros.datatypes.skeleton import EVALUATION_JOINTS, JOINTS, ROOT
from mocap_ros.nets.person_frame import reference_scale
from mocap_ros.training.detector_noise import FORMS, NECK, detect, in_form, measured_detectors, with_middles
from mocap_ros.training.lift_poses import KINDS, RECORDED
from mocap_ros.training.lift_views import draw_views
from mocap_ros.training.measured_people import load_people, nearest_people, with_mirror_images
from mocap_ros.training.train_lift import example
from mocap_ros.training.validation import pose_scores

SCORED = [JOINTS.index(name) for name in EVALUATION_JOINTS]
POSES = {"upright": ("standing", "walking", "running", "sporting"), "sitting": ("sitting", "riding"),
         "crouching, on the floor": ("crouching", "on_floor"), "lying": ("lying",)}
CONFIDENT = 0.3  # of a keypoint that front ends pass on
CLEARLY_SEEN = 13  # keypoints that are seen of a person who stands clear


class LiftScore(NamedTuple):
    """One row of the table: 3DPCK at 150 mm, 0 to 1; mean joint error [m]; people."""

    name: str
    right: float
    error: float
    people: int


def score_lift(lift, poses, seed=0, detailed=True):
    """LiftScore rows on held-out poses.

    Args:
        lift: function from rows of lift_input to joints, (P, J, 3).
        poses: PosedBodies that were not trained on.
        seed: of cameras and noise.
        detailed: rows by joint set, pose, missing joints, border and focal length too.
    """
    generator = np.random.default_rng(seed)
    views, kinds = draw_views(poses.points, generator), poses.kinds
    whole, recorded = views.inside.all(1), kinds == RECORDED
    table = []
    everything = np.ones(len(kinds))
    perfect = in_form(views.plane, np.where(views.inside, 1.0, 0.0), FORMS.index("all"))
    exact = _lifted(lift, *example(views, perfect, everything))
    table.append(_row("exact keypoints, whole people, held-out clips", exact, whole & recorded))
    for name, noise in measured_detectors().items():
        for form in FORMS if detailed else FORMS[:1]:
            found = detect(views, noise, FORMS.index(form), generator, varied=False)
            lifted = _lifted(lift, *example(views, found, everything))
            table.append(_row(f"{name}, {form}: whole people, held-out clips", lifted, whole & recorded))
            table.append(_row(f"{name}, {form}: everybody", lifted, everything > 0))
            if form == "all" and detailed:
                table += _split(name, lifted, views, found, kinds)
        if not detailed:
            continue
        found = detect(views, noise, FORMS.index("coco"), generator, varied=False)
        for focal in (0.8, 1.25):
            lifted = _lifted(lift, *example(views, found, np.full(len(kinds), focal)))
            table.append(_row(f"{name}, coco: whole people, held-out clips, focal length {focal:g} times", lifted,
                              whole & recorded))
    return table


def _split(name, lifted, views, found, kinds):
    """Rows by pose, by keypoints that are missing, and by what the border cuts off."""
    whole = views.inside.all(1)
    missing = (views.inside & (found.confidence == 0)).sum(1)
    cut = (~views.inside).sum(1)
    rows = [_row(f"{name}: whole, {title}", lifted, whole & np.isin(kinds, [KINDS.index(kind) for kind in group]))
            for title, group in POSES.items()]
    for low, high in ((0, 0), (1, 2), (3, 5), (6, 20)):
        title = f"{low} to {high}" if low < high else "no"
        rows.append(_row(f"{name}: whole, {title} keypoints missing", lifted,
                         whole & (missing >= low) & (missing <= high)))
    for low, high in ((1, 4), (5, 9), (10, 20)):
        rows.append(_row(f"{name}: {low} to {high} keypoints beyond the border", lifted, (cut >= low) & (cut <= high)))
    return [row for row in rows if row.people]


def score_found(infer, path):
    """LiftScore rows on rendered people of known pose whom a real detector found.

    Args:
        infer: function from Detections and a Camera to joints, such as OnnxLift.infer.
        path: what `benchmarks/detector_noise.py find` wrote.

    Raises:
        ConfigError: not such a file.
    """
    try:
        with np.load(path) as file:
            arrays = {name: file[name] for name in file.files}
        people = range(len(arrays["size"]))
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(f"{path}: not a file of benchmarks/detector_noise.py ({error})") from error
    joints = arrays["joints"] - arrays["joints"][:, JOINTS.index(ROOT), None]
    truth = joints * reference_scale(joints)[:, None, None]
    visibility, size = arrays["visibility"], arrays["size"][:, None, None]
    error = (arrays["found"] - arrays["truth"]) / size
    off = np.linalg.norm(error, axis=-1)
    given = (arrays["confidence"] >= CONFIDENT) & (visibility > OUTSIDE) & np.isfinite(off)
    found = (given & (off < 0.1)).sum(1) > 0.5 * given.sum(1)
    whole = found & (visibility > OUTSIDE).all(1)
    clear = whole & np.isin(visibility, (SEEN, HIDDEN_BY_SELF)).all(1) & ((visibility == SEEN).sum(1) >= CLEARLY_SEEN)
    if not np.isfinite(arrays["found"][:, NECK]).any():  # front ends fill them in
        arrays["found"], arrays["confidence"] = with_middles(arrays["found"], arrays["confidence"])
        error = (arrays["found"] - arrays["truth"]) / size
    predicted = np.concatenate([infer(*_detection(arrays, person)) for person in people])
    rows = [_row("people who were found", (predicted, truth), found),
            _row("of them whole in the image", (predicted, truth), whole),
            _row("of them clear of others and of things", (predicted, truth), clear)]
    # The same people with exact keypoints, and with one another's errors: what the errors' going with the pose costs.
    chosen = np.flatnonzero(clear)
    dealt = np.random.default_rng(0).permutation(chosen)
    measured = with_mirror_images(load_people())
    alike = nearest_people(measured, arrays["joints"][chosen].astype(float))
    for name, points, confidence in (
        ("these with exact keypoints", arrays["truth"], np.ones(off.shape)),
        ("these with each other's errors", arrays["truth"] + _placed(error, chosen, error[dealt]) * size,
         _placed(arrays["confidence"], chosen, arrays["confidence"][dealt])),
        ("these with errors of measured people in like poses",
         arrays["truth"] + _placed(error, chosen, np.nan_to_num(measured.error[alike])) * size,
         _placed(arrays["confidence"], chosen, np.nan_to_num(measured.confidence[alike]))),
    ):
        changed = {**arrays, "found": points, "confidence": confidence}
        lifted = np.full(truth.shape, np.nan)
        lifted[chosen] = np.concatenate([infer(*_detection(changed, person)) for person in chosen])
        rows.append(_row(name, (lifted, truth), clear))
    everybody = np.ones(len(found), bool)
    return rows + [_row("all people, neighbours found in their place too", (predicted, truth), everybody)]


def _placed(values, rows, others):
    """A copy of `values` with `others` in its `rows`."""
    copy = values.copy()
    copy[rows] = others
    return copy


def _detection(arrays, person):
    """Detections of one person, as front ends pass them on, and the Camera."""
    width, height = arrays["image"][person]
    points, confidence = arrays["found"][person], arrays["confidence"][person]
    inside = ((points >= -0.5) & (points < [width - 0.5, height - 0.5])).all(-1)
    confidence = np.where(inside & (confidence >= CONFIDENT), confidence, 0)
    return (Detections(points[None], confidence[None], np.ones(1)),
            Camera(int(width), int(height), arrays["matrix"][person]))


def _lifted(lift, rows, truth):
    """Predicted and true joints, (P, J, 3); NaN predictions for people with too few keypoints."""
    enough = np.isfinite(truth).all((1, 2))
    predicted = np.full(truth.shape, np.nan, np.float32)
    predicted[enough] = lift(rows[enough])
    return predicted, truth


def _row(name, lifted, chosen):
    """LiftScore of some people who have enough keypoints."""
    predicted, truth = (each[chosen] for each in lifted)
    known = np.isfinite(predicted).all((1, 2)) & np.isfinite(truth[:, SCORED]).all((1, 2))
    return LiftScore(name, *pose_scores(predicted[known], truth[known]), int(known.sum()))
