"""Chooses what the networks run on, and says why."""

import os
from pathlib import Path

import onnxruntime

from mocap_ros.datatypes.errors import DeviceError, WeightsError
from mocap_ros.nets.model_format import STAGE_ONE_FILE, STAGE_TWO_FILE
from mocap_ros.nets.onnx_lift import OnnxLift
from mocap_ros.nets.onnx_runtime import OnnxStageOne, OnnxStageTwo

WEIGHTS = Path(__file__).resolve().parent.parent / "weights"
PROVIDERS = {"tensorrt": "TensorrtExecutionProvider", "cuda": "CUDAExecutionProvider", "cpu": "CPUExecutionProvider"}


def load_estimator(config):
    """Stage I and Stage II engines.

    Args:
        config: EstimatorConfig. Device `auto` takes TensorRT where it works, else CUDA, else the CPU.

    Returns:
        stage_one, stage_two; `stage_one.description` says in one line what runs where and why.

    Raises:
        WeightsError: weights that are missing, damaged or of another version.
        DeviceError: the named device is not there; `auto` never raises this.
    """
    folder = weights_folder(config.weights)
    device, reason = choose_device(config.device)
    threads = config.threads or _core_count()
    providers = [PROVIDERS[device]] if device == "cpu" else [PROVIDERS[device], PROVIDERS["cpu"]]
    stage_one = OnnxStageOne(folder / STAGE_ONE_FILE, providers, threads)
    if device == "cpu":
        stage_one.description += f", {threads} thread{'s' if threads > 1 else ''}"
    stage_one.description += f" ({reason}); weights {folder.name}"
    # Stage II is a few matrix products: sending it to a GPU takes longer than computing it.
    return stage_one, OnnxStageTwo(folder / STAGE_TWO_FILE, threads=1)


def weights_folder(name):
    """Folder of a model: a shipped one by name (`small` is xnect-small), else a path.

    Raises:
        WeightsError: neither; the message lists the shipped ones.
    """
    shipped = WEIGHTS / f"xnect-{name}"
    if shipped.is_dir():
        return shipped
    if name and Path(name).is_dir():
        return Path(name)
    names = sorted(path.name.removeprefix("xnect-") for path in WEIGHTS.glob("xnect-*"))
    raise WeightsError(f"weights '{name}': no such folder. Shipped: {', '.join(names) or 'none'}")


def load_lift(config):
    """The model that lifts the people of a 2D front end, for the CPU.

    Args:
        config: EstimatorConfig; `lift` names a shipped model or a folder that holds stage_two.onnx.

    Raises:
        WeightsError: missing, damaged, or not a lifting model.
    """
    shipped = WEIGHTS / config.lift
    folder = shipped if config.lift and shipped.is_dir() else Path(config.lift)
    if not config.lift or not folder.is_dir():
        names = sorted(path.name for path in WEIGHTS.glob("lift-*"))
        raise WeightsError(f"lifting weights '{config.lift}': no such folder. Shipped: {', '.join(names) or 'none'}")
    return OnnxLift(folder / STAGE_TWO_FILE, threads=1)


def choose_device(device):
    """The device that works, and why it was taken.

    Args:
        device: auto, cpu, cuda or tensorrt.

    Raises:
        DeviceError: a device that was named and is not there.
    """
    if device == "cpu":
        return "cpu", "as asked"
    missing = {name: _why_missing(name) for name in ("tensorrt", "cuda")}
    if device in missing:
        if missing[device]:
            raise DeviceError(f"device '{device}': {missing[device]}")
        return device, "as asked"
    for name, why in missing.items():
        if not why:
            return name, "auto: the fastest that is here"
    return "cpu", f"auto: {missing['cuda']}"


def _why_missing(device):
    """Why ONNX Runtime cannot use a GPU device here; empty if it can."""
    if PROVIDERS[device] not in onnxruntime.get_available_providers():
        return f"the installed ONNX Runtime has no {PROVIDERS[device]}"
    if not (Path("/dev/nvidiactl").exists() or Path("/dev/nvmap").exists() or os.name == "nt"):
        return "no NVIDIA GPU is visible"
    return ""


def _core_count():
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
