"""Scored people become the numbers of the thesis's tables: overall, by joint, activity, sequence and occlusion."""

import numpy as np

from mocap_ros.evaluation.keypoint_metrics import keypoint_summary
from mocap_ros.evaluation.pose_metrics import (
    AUC_THRESHOLDS, JOINT_GROUPS, area_under_curve, columns_of, correct_curve, correct_share, mean_error)
from mocap_ros.evaluation.protocols import NO_POSE
from mocap_ros.evaluation.signed_statistics import signed_statistics

CURVE = np.linspace(0, 0.6, 121)  # m, the range of Fig. 5.7


def summarise(people, protocol):
    """All scores as a dict of JSON values.

    Shares are in percent, distances in millimetres, as in the thesis's tables; None where there is nothing to score.

    Args:
        people: ScoredPeople.
        protocol: Protocol.
    """
    summary = {
        "images": people.images, "people": len(people), "detection_rate": _percent(people.matched),
        "keypoints": keypoint_summary(people, protocol.keypoints),
    }
    if protocol.everybody:
        summary["keypoints"]["false_people_per_image"] = people.false_people / max(people.images, 1)
    if protocol.pose != NO_POSE:
        table = _Table(people, protocol)
        everybody = np.ones(len(people), bool)
        summary["pose"] = {
            "joints": len([name for name in protocol.joints if name in people.predicted_joints]),
            **table.row(everybody),
            "occluded_share": _percent(people.joint_occluded[:, table.columns][_stated(people)[:, table.columns]]),
            "by_joint": {name: table.joint_row(group) for name, group in JOINT_GROUPS.items()},
            "by_activity": {name: table.row(people.activities == name)
                            for name in _distinct(people.activities) if name},
            "by_sequence": {name: table.row(people.sequences == name) for name in _distinct(people.sequences)},
            "curve": table.curve(),
        }
        summary["signed"] = signed_statistics(people)
    return finite(summary)


class _Table:
    """Errors of everybody, looked at row by row."""

    def __init__(self, people, protocol):
        self.people = people
        self.columns = columns_of(protocol.joints)
        self.error_columns = columns_of(protocol.error_joints)
        self.errors, self.aligned = people.errors(), people.errors(aligned=True)

    def row(self, chosen):
        """Scores of the chosen annotated people, (N,) bool."""
        errors, matched = self.errors[chosen][:, self.columns], self.people.matched[chosen]
        visible, occluded = (mask[chosen][:, self.columns]
                             for mask in (self.people.joint_visible, self.people.joint_occluded))
        distances, aligned = (each[chosen][:, self.error_columns] for each in (self.errors, self.aligned))
        return {
            "people": int(chosen.sum()), "detection_rate": _percent(matched),
            "pck": 100 * correct_share(errors), "auc": 100 * area_under_curve(errors),
            "matched_pck": 100 * correct_share(errors[matched]), "matched_auc": 100 * area_under_curve(errors[matched]),
            "visible_pck": 100 * correct_share(errors[visible]), "occluded_pck": 100 * correct_share(errors[occluded]),
            "mpjpe_mm": 1000 * mean_error(distances), "pa_mpjpe_mm": 1000 * mean_error(aligned),
            "pa_pck": 100 * correct_share(self.aligned[chosen][:, self.columns]),
        }

    def joint_row(self, names):
        """Scores of one joint type over everybody."""
        errors = self.errors[:, columns_of(names)]
        return {"pck": 100 * correct_share(errors), "auc": 100 * area_under_curve(errors),
                "matched_pck": 100 * correct_share(errors[self.people.matched]), "mpjpe_mm": 1000 * mean_error(errors)}

    def curve(self):
        """Share of correct joints over the threshold, for Fig. 5.7 and the area under it."""
        errors = self.errors[:, self.columns]
        visible, occluded = (mask[:, self.columns] for mask in (self.people.joint_visible, self.people.joint_occluded))
        return {
            "threshold_mm": (1000 * CURVE).tolist(), "auc_thresholds_mm": (1000 * AUC_THRESHOLDS).tolist(),
            **{name: (100 * correct_curve(chosen, CURVE)).tolist() for name, chosen in (
                ("all", errors), ("matched", errors[self.people.matched]), ("visible", errors[visible]),
                ("occluded", errors[occluded]))},
        }


def _stated(people):
    return people.joint_visible | people.joint_occluded


def _distinct(names):
    """Names in the order in which they come."""
    return list(dict.fromkeys(names))


def _percent(flags):
    return 100 * float(np.mean(flags)) if np.size(flags) else float("nan")


def finite(value):
    """JSON values with None for NaN."""
    if isinstance(value, dict):
        return {name: finite(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(each) for each in value]
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else None
    return value
