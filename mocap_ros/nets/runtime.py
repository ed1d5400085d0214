"""Chooses what the networks run on, and says why."""

from dataclasses import replace
import importlib.util
import os
from pathlib import Path

import onnxruntime

from mocap_ros.datatypes.errors import DeviceError, install_hint, WeightsError
from mocap_ros.nets import tensorrt_runtime
from mocap_ros.nets.engine_cache import file_hash
from mocap_ros.nets.mean_lift import MeanLift
from mocap_ros.nets.model_format import (
    BOXES_FILE, CLOSER_LOOK_FILE, QUANTISED_FROM, REFINER_FILE, STAGE_ONE_FILE, STAGE_ONE_INT8_FILE, STAGE_TWO_FILE)
from mocap_ros.nets.onnx_boxes import OnnxBoxes
from mocap_ros.nets.onnx_lift import OnnxLift
from mocap_ros.nets.onnx_refiner import OnnxRefiner
from mocap_ros.nets.onnx_runtime import CPU, file_metadata, OnnxStageOne, OnnxStageTwo

WEIGHTS = Path(__file__).resolve().parent.parent / "weights"
PROVIDERS = {"tensorrt": "TensorrtExecutionProvider", "cuda": "CUDAExecutionProvider", "cpu": "CPUExecutionProvider"}
ENGINES = {"tensorrt": ("tensorrt",), "cuda": ("torch", "onnxruntime-cuda"), "cpu": ("onnxruntime",)}
PRECISIONS = {"tensorrt": ("fp16", "fp32", "int8"), "torch": ("fp16", "bf16", "fp32"), "onnxruntime-cuda": ("fp32",),
              "onnxruntime": ("fp32", "int8")}  # the first is what `auto` takes


def load_estimator(config):
    """Stage I and Stage II engines.

    Args:
        config: EstimatorConfig. Device `auto` takes the first that works of TensorRT, CUDA and the CPU.

    Returns:
        stage_one, stage_two; `stage_one.description` says in one line what runs where and why, `stage_two` is the
        MeanLift of Stage II and lift-2d where the settings say so.

    Raises:
        WeightsError: weights that are missing, damaged or of another version.
        DeviceError: the named device or precision is not to be had.
    """
    folder = weights_folder(config.weights)
    int8 = config.precision == "int8"
    stage_one, reason = _first_that_opens(_int8_file(folder) if int8 else folder / STAGE_ONE_FILE, config)
    stage_one.description += f" ({reason}); weights {folder.name}"
    # Stage II is a few matrix products: sending it to a GPU takes longer than computing it.
    stage_two = OnnxStageTwo(folder / STAGE_TWO_FILE, threads=1)
    return stage_one, MeanLift(stage_two, load_lift(config)) if config.mean_with_lift else stage_two


def load_closer_look(config):
    """Engine of a model's closer looks at one person each; None for a model without one, whose Stage I takes them.

    Args:
        config: EstimatorConfig; chosen as by load_estimator, but that int8 is for Stage I only.

    Raises:
        WeightsError, DeviceError: as load_estimator.
    """
    path = weights_folder(config.weights) / CLOSER_LOOK_FILE
    if not path.is_file():
        return None
    return _first_that_opens(path, replace(config, precision="auto") if config.precision == "int8" else config)[0]


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
    return OnnxLift(_named_folder(config.lift, "lift", "lifting") / STAGE_TWO_FILE, threads=1)


def load_refiner(config):
    """The network that looks at each found person again, or None where the settings name none.

    It runs on CUDA where ONNX Runtime has that and the device may be a GPU, else on the CPU.

    Args:
        config: EstimatorConfig; `refiner` names a shipped model or a folder that holds refiner.onnx.

    Raises:
        WeightsError: missing, damaged, or not a refiner.
    """
    if not config.refiner:
        return None
    folder = _named_folder(config.refiner, "refine", "refining")
    on_gpu = config.device != "cpu" and not _why_missing("cuda")
    return OnnxRefiner(folder / REFINER_FILE, ((PROVIDERS["cuda"],) if on_gpu else ()) + CPU,
                       config.threads or core_count())


def load_boxes(config):
    """The network that says where people are whose keypoints make no person, or None where the settings name none.

    Args:
        config: EstimatorConfig; `boxes` names a shipped model or a folder that holds boxes.onnx.

    Raises:
        WeightsError: missing, damaged, or not such a network.
    """
    if not config.boxes:
        return None
    return OnnxBoxes(_named_folder(config.boxes, "box", "box") / BOXES_FILE, config.threads or core_count())


def choose_device(device):
    """The device on which ONNX Runtime can run any model, for models that are not ours, and why it was taken.

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


def runs_on_gpu(device):
    """Whether load_estimator may put Stage I on a GPU here.

    Args:
        device: auto, cpu, cuda or tensorrt.
    """
    devices = [name for name in ENGINES if name != "cpu" and device in ("auto", name)]
    return any(not why_missing(engine) for name in devices for engine in ENGINES[name])


def why_missing(engine):
    """Why an engine cannot be used here; empty if it can. Looking may import its library: ask for what is needed.

    Args:
        engine: one of PRECISIONS.
    """
    if engine == "tensorrt":
        return tensorrt_runtime.why_missing()
    if engine == "torch":
        return _why_no_torch()
    return _why_missing("cuda") if engine == "onnxruntime-cuda" else ""


def _named_folder(name, kind, purpose):
    """Folder of a model that stands behind Stage I: a shipped one by name, else a path.

    Raises:
        WeightsError: neither; the message lists the shipped ones whose names begin with `kind`.
    """
    shipped = WEIGHTS / name
    folder = shipped if name and shipped.is_dir() else Path(name)
    if not name or not folder.is_dir():
        names = sorted(path.name for path in WEIGHTS.glob(f"{kind}-*"))
        raise WeightsError(f"{purpose} weights '{name}': no such folder. Shipped: {', '.join(names) or 'none'}")
    return folder


def _first_that_opens(path, config):
    """The first engine of the device, or of any device, that can open a Stage I, and why it was taken.

    Raises:
        DeviceError: none of the named device can; `auto` always ends at the CPU.
    """
    anything = config.device == "auto"
    engines = [each for device in ENGINES for each in ENGINES[device]] if anything else ENGINES[config.device]
    why_not = []
    for engine in engines:
        allowed = PRECISIONS[engine]
        precision = allowed[0] if config.precision == "auto" else config.precision
        if precision not in allowed:
            why_not.append(f"{engine} has no {precision} (it has {', '.join(allowed)})")
            continue
        missing = why_missing(engine)
        if missing:
            why_not.append(missing)
            continue
        try:
            found = _open(engine, path, precision, config.threads or core_count())
        except DeviceError as error:
            why_not.append(str(error))
            continue
        return found, "auto: " + ("; ".join(why_not) or "the fastest that is here") if anything else "as asked"
    raise DeviceError(f"device '{config.device}': {'; '.join(why_not)}")


def _open(engine, path, precision, threads):
    """The Stage I of a file on an engine."""
    if engine == "tensorrt":
        return tensorrt_runtime.TensorrtStageOne(path, precision)
    if engine == "torch":
        from mocap_ros.nets.torch_runtime import TorchStageOne  # only here: a robot may have no torch
        return TorchStageOne(path, "cuda", precision)
    if engine == "onnxruntime-cuda":
        return OnnxStageOne(path, (PROVIDERS["cuda"],) + CPU, threads)
    stage_one = OnnxStageOne(path, CPU, threads)
    stage_one.description += f", {threads} thread{'s' if threads > 1 else ''}, {precision}"
    return stage_one


def _int8_file(folder):
    """Path of a model's int8 copy.

    Raises:
        WeightsError: there is none, or it is a copy of another network than the one beside it.
    """
    path, exact = folder / STAGE_ONE_INT8_FILE, folder / STAGE_ONE_FILE
    if not path.is_file():
        raise WeightsError(f"{path}: no such weights file; `mocap quantize` makes it")
    if exact.is_file() and file_metadata(path).get(QUANTISED_FROM) != file_hash(exact):
        raise WeightsError(f"{path}: not a copy of the {STAGE_ONE_FILE} beside it; `mocap quantize` makes one")
    return path


def _why_no_torch():
    """Why PyTorch cannot use a GPU here; empty if it can. Looks for a GPU first: importing torch takes a second."""
    if not _gpu_is_visible():
        return "no NVIDIA GPU is visible"
    for package in ("torch", "onnx"):
        if importlib.util.find_spec(package) is None:
            return f"{package} is not installed ({install_hint('gpu')})"
    from mocap_ros.nets import torch_runtime
    return torch_runtime.why_missing()


def _why_missing(device):
    """Why ONNX Runtime cannot use a GPU device here; empty if it can."""
    if PROVIDERS[device] not in onnxruntime.get_available_providers():
        return f"the installed ONNX Runtime has no {PROVIDERS[device]}"
    return "" if _gpu_is_visible() else "no NVIDIA GPU is visible"


def _gpu_is_visible():
    return Path("/dev/nvidiactl").exists() or Path("/dev/nvmap").exists() or os.name == "nt"


def core_count():
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
