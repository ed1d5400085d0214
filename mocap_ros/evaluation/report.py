"""Summaries become a page of Markdown tables: our systems, and beside them what the thesis publishes."""

from mocap_ros.evaluation.thesis_figures import references_of

TOTAL_ROWS = {
    "pck": "3DPCK", "matched_pck": "3DPCK, matched people", "visible_pck": "3DPCK, visible joints",
    "occluded_pck": "3DPCK, occluded joints", "auc": "AUC", "mpjpe_mm": "MPJPE [mm]", "pa_mpjpe_mm": "PA-MPJPE [mm]",
    "pa_pck": "3DPCK after Procrustes", "detection_rate": "people detected [%]",
    "joints": "joints that the system has, of 14",
}
COCO_ROWS = {"ap": "AP", "ap50": "AP 0.5", "ap75": "AP 0.75", "ar": "AR", "ar50": "AR 0.5", "ar75": "AR 0.75",
             "tall_ap": "AP, people over 100 px", "tall_ar": "AR, people over 100 px",
             "short_ap": "AP, people under 100 px", "short_ar": "AR, people under 100 px"}
KEYPOINT_ROWS = {"pck": "PCK", "auc": "AUC", "placed": "placed within 0.1 of the size [%]",
                 "mirrored": "placed with sides exchanged [%]", "false_people_per_image": "false people an image"}
TEMPORAL_ROWS = {
    "acceleration_error_root_relative": "error of acceleration, relative to the pelvis [m/s^2]",
    "acceleration_error_camera": "error of acceleration in the camera frame [m/s^2]",
    "foot_sliding_mm": "sliding of standing feet [mm a frame]",
}
FINE = 3  # decimals of figures that are no percentages


def report(title, data_set, systems, notes=()):
    """The page as text.

    Args:
        title: its heading.
        data_set: name in PROTOCOLS; chooses the thesis's figures.
        systems: dict of a system's name to its summary, the first one ours.
        notes: lines that say how it was made.
    """
    parts = [f"# {title}", "\n".join(f"- {note}" for note in notes)]
    if any("pose" in summary for summary in systems.values()):
        parts += _pose_tables(data_set, systems)
    parts += _keypoint_tables(data_set, systems)
    for name, heading, rows in (("temporal", "Over time", TEMPORAL_ROWS), ("identity", "Identity", None),
                                ("signed", "Signed statistics", None)):
        columns = [(system, summary[name]) for system, summary in systems.items() if summary.get(name)]
        if columns:
            parts.append(_table(heading, rows or list(columns[0][1]), columns, decimals=FINE))
    failing = [f"- {system}: {line}" for system, summary in systems.items() for line in summary.get("gate", ())]
    if any("gate" in summary for summary in systems.values()):
        parts.append("## Regression gate\n\n" + ("\n".join(failing) or "Passed."))
    return "\n\n".join(part for part in parts if part) + "\n"


def _pose_tables(data_set, systems):
    """Tables in 3D."""
    poses = {system: summary["pose"] for system, summary in systems.items() if "pose" in summary}
    beside = [(_heading(each), each.figures) for each in references_of(data_set, "total")]
    tables = [_table("All joints", TOTAL_ROWS, list(poses.items()) + beside,
                     "3DPCK at 150 mm and AUC in percent over everybody annotated; whoever was not predicted counts "
                     "all joints wrong. MPJPE over matched people.")]
    for part, heading, scores in (
            ("by_joint", "By joint", {"pck": "3DPCK", "mpjpe_mm": "MPJPE [mm]"}),
            ("by_activity", "By activity", {"pck": "3DPCK", "auc": "AUC", "mpjpe_mm": "MPJPE [mm]"}),
            ("by_sequence", "By sequence", {"pck": "3DPCK", "matched_pck": "matched", "auc": "AUC",
                                            "mpjpe_mm": "MPJPE [mm]", "detection_rate": "detected [%]"})):
        columns = [(_joined(system, text, systems), _column(pose, part, score))
                   for system, pose in poses.items() for score, text in scores.items()]
        rows = list(next(iter(poses.values()))[part])
        if not rows or (part == "by_sequence" and len(rows) == 1):
            continue
        for kind, word in ((part, ""), (f"matched_{part}", ", matched"), (f"error_{part}", ", MPJPE")):
            columns += [(_heading(each) + word, each.figures) for each in references_of(data_set, kind)]
        tables.append(_table(heading, rows + ["Total"] * (part != "by_joint"), columns))
    tables.append(_occlusion_table(data_set, systems, poses))
    return tables


def _occlusion_table(data_set, systems, poses):
    """The synthetic-occlusion experiment, Table C.3; empty where it was not run."""
    if not any(summary.get("occluders") for summary in systems.values()):
        return ""
    columns = []
    for kind, score in (("all", "pck"), ("occluded", "occluded_pck"), ("visible", "visible_pck")):
        columns += [(_joined(system, kind, systems), _column(pose, "by_sequence", score))
                    for system, pose in poses.items()]
        columns += [(_heading(each), each.figures) for each in references_of(data_set, f"occlusion_{kind}")]
    share = "; ".join(f"{system}: {pose['occluded_share']:.1f} % of the joints occluded"
                      for system, pose in poses.items() if pose["occluded_share"] is not None)
    rows = [*next(iter(poses.values()))["by_sequence"], "Total"]
    return _table("Synthetic occlusion, 3DPCK", rows, columns, share + ".")


def _keypoint_tables(data_set, systems):
    """Tables in 2D."""
    tables = []
    coco = [(system, {name: 100 * value for name, value in summary["coco"].items() if value is not None})
            for system, summary in systems.items() if summary.get("coco")]
    if coco:
        coco += [(_heading(each), each.figures) for each in references_of(data_set, "coco")]
        rows = {name: text for name, text in COCO_ROWS.items() if any(name in values for _, values in coco)}
        tables.append(_table("Keypoints, COCO's measures [%]", rows, coco))
    keypoints = [(system, summary["keypoints"]) for system, summary in systems.items()]
    keypoints += [(_heading(each), each.figures) for each in references_of(data_set, "keypoints")]
    rows = {name: text for name, text in KEYPOINT_ROWS.items() if any(name in values for _, values in keypoints)}
    tables.append(_table("Keypoints", rows, keypoints))
    by_joint = [(system, values["by_joint"]) for system, values in keypoints if "by_joint" in values]
    if by_joint:
        tables.append(_table("Keypoints by joint, PCK", list(by_joint[0][1]), by_joint))
    return tables


def _column(pose, part, score):
    """Row name to value of one score, with the total."""
    return {**{row: values.get(score) for row, values in pose[part].items()}, "Total": pose.get(score)}


def _joined(system, text, systems):
    return f"{system}: {text}" if len(systems) > 1 else text


def _heading(reference):
    return f"{reference.system} (thesis {reference.table})"


def _table(heading, rows, columns, note="", decimals=1):
    """A Markdown table; `rows` are keys, or a dict of key to text; `columns` are (heading, dict of key to value)."""
    rows = rows if isinstance(rows, dict) else {row: row for row in rows}
    lines = [f"## {heading}", ""] + ([note, ""] if note else [])
    lines.append("| | " + " | ".join(name for name, _ in columns) + " |")
    lines.append("|---|" + "---:|" * len(columns))
    for key, text in rows.items():
        lines.append(f"| {text} | " + " | ".join(_shown(values.get(key), decimals) for _, values in columns) + " |")
    return "\n".join(lines)


def _shown(value, decimals):
    if value is None:
        return ""
    return str(value) if isinstance(value, (str, int)) else f"{value:.{decimals}f}"
