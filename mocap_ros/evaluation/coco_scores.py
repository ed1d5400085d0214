"""COCO's average precision and recall of keypoints, by pycocotools (Lin et al. 2014; cocodataset.org)."""

from contextlib import redirect_stdout
from copy import deepcopy
import io
from typing import NamedTuple

import numpy as np

from mocap_ros.datasets.coco import CORNER
from mocap_ros.datasets.sample import OUTSIDE, SEEN
from mocap_ros.datatypes.errors import needing_extra
from mocap_ros.datatypes.skeleton import COCO_17, KEYPOINTS, index_map
from mocap_ros.decoding.keypoint_similarity import AREA_OF_BOX, expected_ranks, usual_pixel

PERSON = 1  # COCO's category id
TALL_PX = 100.0  # height of a person's box, from which on they count as tall
FAR_PX = -1e4  # where a keypoint stands that was not predicted: right for nobody, and within pycocotools' largest area
_ORDER = index_map(KEYPOINTS, COCO_17)


class CocoScores(NamedTuple):
    """COCO's keypoint figures, 0 to 1: average precision and recall over similarity 0.5 to 0.95, at 0.5, at 0.75.

    Those of `tall` and `short` people are over the same similarities, of people whose box is higher than TALL_PX and of
    the others: COCO's own split by area counts a person who lies or is cut as small. NaN where there are none.
    """

    ap: float
    ap50: float
    ap75: float
    ar: float
    ar50: float
    ar75: float
    tall_ap: float
    tall_ar: float
    short_ap: float
    short_ar: float


def ranks(scores, keypoints_px, confidence, image_size):
    """Scores by which people are ranked in average precision, (P,): the score times the similarity to be expected.

    That is the share of COCO's keypoints that are seen; of a network that looks at the whole image, such as ours,
    expected_ranks.

    Args:
        scores: (P,).
        keypoints_px: KEYPOINTS order [px], those that are not seen too where the body tells them, (P, K, 2).
        confidence: (P, K), 0 where not seen.
        image_size: (width, height) [px] that the network saw as a whole; None for a detector that looks at each person
            at one size.
    """
    if image_size is not None:
        return expected_ranks(scores, keypoints_px, confidence, usual_pixel(image_size))
    return np.asarray(scores) * (np.asarray(confidence)[:, _ORDER] > 0).mean(1)


def coco_results(image_id, keypoints_px, confidence, scores):
    """Entries of COCO's results list for the people of one image.

    Args:
        image_id: COCO's number of the image.
        keypoints_px: KEYPOINTS order [px], (P, K, 2); NaN where not predicted.
        confidence: (P, K), 0 where not seen.
        scores: by which people rank, (P,); see ranks.
    """
    points = np.asarray(keypoints_px, float)[:, _ORDER] + CORNER
    points = np.where(np.isfinite(points), points, FAR_PX)
    table = np.concatenate([points, np.asarray(confidence)[:, _ORDER, None]], -1)
    return [
        {"image_id": int(image_id), "category_id": PERSON, "keypoints": table[p].ravel().tolist(),
         "score": float(scores[p])}
        for p in range(len(table))
    ]


def coco_annotations(image_id, keypoints_px, visibility, counted, areas_px=None):
    """Entries of COCO's annotation list for the labelled people of one image, without ids.

    Args:
        image_id: number of the image.
        keypoints_px: KEYPOINTS order [px], (P, K, 2).
        visibility: datasets.sample's codes; a keypoint that is OUTSIDE is not asked for, (P, K).
        counted: who must be found, (P,) bool; others may be found.
        areas_px: areas of the masks [px^2], (P,); NaN or None: from the box around the keypoints.
    """
    entries = []
    for p in range(len(keypoints_px)):
        asked = (visibility[p, _ORDER] > OUTSIDE) & np.isfinite(keypoints_px[p, _ORDER]).all(-1)
        points = np.where(asked[:, None], keypoints_px[p, _ORDER].astype(float) + CORNER, 0)
        flags = np.where(asked, np.where(visibility[p, _ORDER] == SEEN, 2, 1), 0)
        known = points[asked] if asked.any() else np.zeros((1, 2))
        corner, size = known.min(0), np.ptp(known, axis=0)
        area = np.nan if areas_px is None else float(areas_px[p])
        entries.append({
            "image_id": int(image_id), "category_id": PERSON, "iscrowd": 0, "bbox": [*corner.tolist(), *size.tolist()],
            "area": area if np.isfinite(area) else max(float(size.prod()) * AREA_OF_BOX, 1.0),
            "num_keypoints": int(asked.sum()) if counted[p] else 0,
            "keypoints": np.column_stack([points, flags]).ravel().tolist(),
        })
    return entries


def coco_evaluation(truth, results, images=None):
    """pycocotools' finished COCOeval.

    Args:
        truth: path of a COCO person keypoint file, or a list of coco_annotations' entries.
        results: list of coco_results' entries.
        images: numbers of the images that count; None for all of `truth`.

    Raises:
        DeviceError: pycocotools is not installed.
    """
    with needing_extra("COCO's scores", "evaluation"):
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval
    with redirect_stdout(io.StringIO()):
        if isinstance(truth, list):
            dataset = COCO()
            shown = sorted({each["image_id"] for each in [*truth, *results]})
            dataset.dataset = {
                "images": [{"id": image} for image in shown], "categories": [{"id": PERSON, "name": "person"}],
                "annotations": [{**each, "id": n} for n, each in enumerate(truth, 1)]}
            dataset.createIndex()
        else:
            dataset = COCO(str(truth))
        found = dataset.loadRes([dict(each) for each in results]) if results else _nothing_found(COCO, dataset)
        evaluation = COCOeval(dataset, found, "keypoints")
        if images is not None:
            evaluation.params.imgIds = sorted(images)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation


def coco_matches(evaluation):
    """Share of the people who must be found that are found at similarity 0.5, and the number of false detections.

    Args:
        evaluation: what coco_evaluation gave.
    """
    people = found = false = 0
    for each in evaluation.evalImgs[:len(evaluation.params.imgIds)]:  # the first area range holds all sizes
        if each is None:
            continue
        must = ~np.array(each["gtIgnore"], bool)
        people += int(must.sum())
        found += int((np.array(each["gtMatches"])[0] > 0)[must].sum()) if must.size else 0
        if len(each["dtIds"]):
            unmatched = np.array(each["dtMatches"])[0] == 0
            false += int((unmatched & ~np.array(each["dtIgnore"])[0].astype(bool)).sum())
    return found / max(people, 1), false


def coco_scores(truth, results, images=None):
    """CocoScores; arguments as of coco_evaluation."""
    evaluation = coco_evaluation(truth, results, images)
    stats = np.maximum(evaluation.stats, 0)  # -1: nobody to find
    return CocoScores(*(float(stats[n]) for n in (0, 1, 2, 5, 6, 7)), *_by_height(evaluation))


def _by_height(evaluation):
    """Average precision and recall of tall people, then of the others, from a finished COCOeval, which it changes.

    pycocotools splits by `area`, which it also takes for the similarities; those are computed by now.
    """
    for people in (*evaluation._gts.values(), *evaluation._dts.values()):
        for person in people:
            person["area"] = person["bbox"][3]
    parameters = evaluation.params
    parameters.areaRng, parameters.areaRngLbl = [[TALL_PX, np.inf], [0, TALL_PX]], ["tall", "short"]
    evaluation.evalImgs = [
        evaluation.evaluateImg(image, category, heights, parameters.maxDets[-1])
        for category in parameters.catIds for heights in parameters.areaRng for image in parameters.imgIds]
    evaluation._paramsEval = deepcopy(parameters)
    with redirect_stdout(io.StringIO()):
        evaluation.accumulate()
    for group in range(2):
        for name in ("precision", "recall"):
            values = evaluation.eval[name][..., group, -1]
            yield float(values[values > -1].mean()) if (values > -1).any() else np.nan


def _nothing_found(coco_class, dataset):
    """The results of a detector that found nobody."""
    found = coco_class()
    found.dataset = {"images": dataset.dataset["images"], "categories": dataset.dataset["categories"],
                     "annotations": []}
    found.createIndex()
    return found
