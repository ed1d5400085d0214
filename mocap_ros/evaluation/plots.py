"""The thesis's figures of an evaluation as PNG, drawn with matplotlib."""

from pathlib import Path

from mocap_ros.datatypes.errors import needing_extra
from mocap_ros.evaluation.pose_metrics import PCK_THRESHOLD

WIDTH, HEIGHT = 7.0, 4.2  # inches
DOTS = 120  # per inch


def draw_plots(folder, systems):
    """Writes the plots of the systems that have 3D poses.

    `errors.png`: fraction of joints beyond the threshold (Fig. 5.7); `joints.png`: 3DPCK by joint (Fig. 5.6);
    `occlusion.png`: correct joints over the threshold, visible and occluded.

    Args:
        folder: existing folder.
        systems: dict of a system's name to its summary.

    Returns:
        The paths written.

    Raises:
        DeviceError: matplotlib is not installed.
    """
    with needing_extra("plots", "evaluation"):
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    poses = {system: summary["pose"] for system, summary in systems.items() if "pose" in summary}
    paths = []
    for name, draw in (("errors", _errors), ("joints", _joints), ("occlusion", _occlusion)):
        if not poses or (name == "occlusion" and not any(_known(pose, "occluded") for pose in poses.values())):
            continue
        figure = Figure((WIDTH, HEIGHT), dpi=DOTS, layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure.subplots(), poses)
        paths.append(Path(folder) / f"{name}.png")
        figure.savefig(paths[-1])
    return paths


def _errors(axes, poses):
    """Fig. 5.7: fraction of joints predicted wrongly over the threshold."""
    for system, pose in poses.items():
        for kind, style in (("all", "-"), ("matched", "--")):
            if _known(pose, kind):
                axes.plot(pose["curve"]["threshold_mm"], [100 - value for value in pose["curve"][kind]], style,
                          label=f"{system}, {'all annotated' if kind == 'all' else 'matched'}")
    axes.axvline(1000 * PCK_THRESHOLD, color="black", linestyle=":")
    axes.set(xlabel="threshold [mm]", ylabel="joints beyond the threshold [%]", xlim=(0, 600), ylim=(0, 100))
    axes.grid(alpha=0.3)
    axes.legend()


def _joints(axes, poses):
    """Fig. 5.6: bars of 3DPCK by joint."""
    groups = list(next(iter(poses.values()))["by_joint"])
    width = 0.8 / len(poses)
    for number, (system, pose) in enumerate(poses.items()):
        heights = [pose["by_joint"][group]["pck"] or 0 for group in groups] + [pose["pck"] or 0]
        places = [n + (number - (len(poses) - 1) / 2) * width for n in range(len(heights))]
        axes.bar(places, heights, width, label=system)
    axes.set_xticks(range(len(groups) + 1), groups + ["Total"], rotation=30)
    axes.set(ylabel="3DPCK at 150 mm [%]", ylim=(0, 100))
    axes.grid(axis="y", alpha=0.3)
    axes.legend()


def _occlusion(axes, poses):
    """Correct joints over the threshold, visible and occluded apart."""
    for system, pose in poses.items():
        for kind, style in (("visible", "-"), ("occluded", "--")):
            if _known(pose, kind):
                axes.plot(pose["curve"]["threshold_mm"], pose["curve"][kind], style, label=f"{system}, {kind} joints")
    axes.axvline(1000 * PCK_THRESHOLD, color="black", linestyle=":")
    axes.set(xlabel="threshold [mm]", ylabel="correct joints [%]", xlim=(0, 600), ylim=(0, 100))
    axes.grid(alpha=0.3)
    axes.legend()


def _known(pose, kind):
    """Whether a curve has numbers."""
    return pose["curve"][kind][0] is not None
