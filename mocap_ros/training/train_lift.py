"""Training of lift-2d on motion capture alone: posed bodies, random cameras, a detector's noise, no pictures."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from mocap_ros.datatypes.errors import ConfigError
from mocap_ros.datatypes.skeleton import EVALUATION_JOINTS, JOINTS, ROOT
from mocap_ros.nets.lift_input import FEWEST_KEYPOINTS, lift_input
from mocap_ros.nets.lift_net import LiftNet, symmetric_lift
from mocap_ros.nets.person_frame import reference_scale
from mocap_ros.training.checkpoint import MovingAverage, load_checkpoint, save_checkpoint
from mocap_ros.training.detector_noise import FORMS, Keypoints2D, detect, measured_detectors
from mocap_ros.training.lift_views import Views, draw_views
from mocap_ros.training.measured_people import load_people, some_of, with_mirror_images
from mocap_ros.training.precision import autocast
from mocap_ros.training.schedule import learning_rate
from mocap_ros.training.settings import setting

PELVIS = JOINTS.index(ROOT)
MEASURED = "blazepose"  # the detector whose errors on whole people are stored
# Shares of a batch: that detector as measured, detectors like it, its errors on whole people. Others get the rest.
AS_MEASURED, VARIED, IN_LIKE_POSES = 0.5, 0.08, 0.35
PEOPLE_COMPARED = 4000  # of them, others in each batch
FORM_SHARES = 0.5, 0.2, 0.3  # of detector_noise.FORMS
QUIET = 0.1  # scale of the answer of a block that is added to a trained network
CHECKPOINT = "lift.pt"
OTHER_JOINTS = 0.3  # weight of the joints that are not scored
FOCAL_ERROR = 0.1  # standard deviation of the logarithm of the assumed focal length over the true one


@dataclass(frozen=True)
class LiftTraining:
    """Settings of a run; they are stored in its checkpoint."""

    features: int = setting(512, "width of the hidden layers")
    blocks: int = setting(4, "residual blocks of two layers")
    poses: int = setting(160000, "poses drawn once and kept in RUN/poses.npz")
    held_out_poses: int = setting(8000, "poses of held-out bodies and clips to score on")
    steps: int = setting(40000, "length of the run")
    batch: int = setting(1024, "people in a batch, each with a camera and noise of its own")
    rate: float = setting(2e-3, "peak learning rate of AdamW")
    warmup: int = setting(200, "steps in which the rate rises")
    decay: int = setting(30000, "last steps, in which the rate falls")
    weight_decay: float = setting(0.02, "of AdamW")
    average: float = setting(0.999, "decay of the weights' moving average")
    seed: int = setting(1, "of poses, weights and draws")
    threads: int = setting(1, "CPU threads; 0 uses every core")
    device: str = setting("auto", "cpu, cuda, or auto: cuda where there is one")
    precision: str = setting("auto", "bf16, fp32, or auto: bf16 where the machine multiplies it natively")
    save_every: int = setting(1000, "steps between checkpoints")


def train_lift(settings, poses, run, resume=False, report=None, stop=None, start_from=None):
    """Trains a LiftNet and leaves its state in RUN/lift.pt.

    Args:
        settings: LiftTraining.
        poses: PosedBodies.
        run: folder.
        resume: go on from RUN's checkpoint; the result is the same bits as without a stop (on one machine).
        report: function of the averaged model and the step, called at every checkpoint.
        stop: step to stop at, as if interrupted; None for the end.
        start_from: state of another run (load_checkpoint) with as many features and as many or fewer blocks, whose
            averaged weights this one begins with.

    Returns:
        The averaged LiftNet, in evaluation mode on the CPU.

    Raises:
        ConfigError: resumed with other settings of the network or the draws; a start that does not fit.
    """
    if settings.threads:
        torch.set_num_threads(settings.threads)
    device = settings.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    precision = autocast(settings.precision, torch.device(device))
    torch.manual_seed(settings.seed)
    detectors, people = measured_detectors(), with_mirror_images(load_people())
    model = LiftNet(settings.features, settings.blocks)
    if start_from is not None:
        _begin_with(model, start_from)
    model = model.to(device)
    decayed = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": settings.weight_decay},
                                   {"params": others, "weight_decay": 0.0}], settings.rate, fused=True)
    average = MovingAverage(model, settings.average)
    first = 0
    path = Path(run) / CHECKPOINT
    if resume:
        state = load_checkpoint(path)
        _check_same(settings, state["settings"])
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        average.values = {name: value.to(device) for name, value in state["average"].items()}
        first = state["step"]
    last = settings.steps if stop is None else stop
    batches = _batches_ahead(lambda step: draw_batch(poses, detectors, people, settings, step), first, last)
    for step, batch in tqdm(batches, unit="step", initial=first, total=settings.steps, disable=None):
        rows, target = (torch.from_numpy(each).to(device) for each in batch)
        rate = learning_rate(step, settings.rate, settings.steps, settings.warmup, settings.decay)
        for group in optimizer.param_groups:
            group["lr"] = rate
        model.train()
        with precision():
            predicted = model(rows)
        loss = lift_loss(predicted.float(), target)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        average.update(model, step)
        done = step + 1
        if done % settings.save_every == 0 or done == last:
            save_checkpoint(path, {
                "settings": asdict(settings), "step": done, "model": model.state_dict(),
                "optimizer": optimizer.state_dict(), "average": average.values})
            if report:
                report(_averaged(average, settings), done)
    return _averaged(average, settings)


def _batches_ahead(draw, first, last):
    """Steps and their batches; each batch is drawn on another core while the network learns from the one before."""
    with ThreadPoolExecutor(1) as drawing:
        ahead = drawing.submit(draw, first)
        for step in range(first, last):
            batch = ahead.result()
            if step + 1 < last:
                ahead = drawing.submit(draw, step + 1)
            yield step, batch


def draw_batch(poses, detectors, people, settings, step):
    """Rows of lift_input, (batch, LIFT_FEATURES), and joints in the view frame at the reference height, (batch, J, 3).

    Everything depends on the seed and the step only.

    Args:
        poses: PosedBodies.
        detectors: DetectorNoise by name.
        people: MeasuredPeople of the detector MEASURED.
        settings: LiftTraining.
        step: number of the batch.
    """
    generator = np.random.default_rng((settings.seed, step))
    chosen = generator.integers(len(poses), size=settings.batch)
    measured = detectors[MEASURED]
    others = [noise for name, noise in detectors.items() if name != MEASURED]
    some = some_of(people, PEOPLE_COMPARED, generator)
    ways = [(measured, False, None), (measured, True, None), (measured, True, some)]
    ways += [(noise, True, None) for noise in others]
    rest = 1 - AS_MEASURED - VARIED - IN_LIKE_POSES
    shares = np.cumsum([AS_MEASURED, VARIED, IN_LIKE_POSES] + [rest / max(len(others), 1)] * len(others))
    views = draw_views(poses.points[chosen], generator)
    form = generator.choice(len(FORMS), len(chosen), p=FORM_SHARES)
    parts = []
    ends = (shares / shares[-1] * len(chosen)).astype(int)
    for (noise, varied, errors), first, end in zip(ways, [0, *ends], ends):
        some_views = Views(*(each[first:end] for each in views))
        parts.append(detect(some_views, noise, form[first:end], generator, varied, errors))
    found = Keypoints2D(*map(np.concatenate, zip(*parts)))
    return example(views, found, np.exp(generator.normal(0, FOCAL_ERROR, len(chosen))))


def example(views, found, focal_error):
    """Rows and targets of people as a detector found them.

    Args:
        views: Views, B of them.
        found: Keypoints2D.
        focal_error: assumed focal length over the true one, (B,); 1 for a calibrated camera.

    Returns:
        rows (B, LIFT_FEATURES) and joints (B, J, 3) float32, NaN for people with fewer than FEWEST_KEYPOINTS keypoints.
    """
    rays = np.concatenate([found.plane / focal_error[:, None, None], np.ones(found.plane.shape[:2] + (1,))], -1)
    rows, view = lift_input(rays, found.confidence)
    joints = views.joints_camera - views.joints_camera[:, PELVIS, None]
    joints = joints @ np.swapaxes(view, 1, 2) * reference_scale(views.joints_camera)[:, None, None]
    enough = (found.confidence > 0).sum(1) >= FEWEST_KEYPOINTS
    return rows, np.where(enough[:, None, None], joints, np.nan).astype(np.float32)


def lift_loss(predicted, target):
    """Mean distance of the joints [m], the scored ones first, over people whose pose is known (not NaN)."""
    known = torch.isfinite(target[..., 0])
    distance = torch.linalg.vector_norm(predicted - torch.where(known[..., None], target, predicted.detach()), dim=-1)
    weights = torch.tensor([1.0 if name in EVALUATION_JOINTS else OTHER_JOINTS for name in JOINTS],
                           device=predicted.device) * known
    return (distance * weights).sum() / weights.sum().clamp(min=1)


def lift_of(checkpoint):
    """The averaged LiftNet of a checkpoint's state."""
    settings = checkpoint["settings"]
    model = LiftNet(settings["features"], settings["blocks"])
    model.load_state_dict({name: value.cpu() for name, value in checkpoint["average"].items()})
    return model.eval()


def symmetric_inference(model):
    """Function from rows (P, LIFT_FEATURES) to joints (P, J, 3), both numpy: what the exported file computes."""
    symmetric = symmetric_lift(model)

    def infer(rows):
        with torch.inference_mode():
            return symmetric(torch.from_numpy(rows)).numpy()

    return infer


def _begin_with(model, state):
    """Copies the averaged weights of another run's state; blocks that it lacks begin with hardly any effect."""
    settings = state["settings"]
    if settings["features"] != model.features or settings["blocks"] > len(model.blocks):
        raise ConfigError(f"start of {settings['features']} features and {settings['blocks']} blocks: wanted "
                          f"{model.features} features and at most {len(model.blocks)} blocks")
    model.load_state_dict({**model.state_dict(), **state["average"]})
    for block in model.blocks[settings["blocks"]:]:
        torch.nn.init.constant_(block[-1][1].weight, QUIET)


def _averaged(average, settings):
    return lift_of({"settings": asdict(settings), "average": average.values})


def _check_same(settings, stored):
    changeable = {"steps", "decay", "threads", "device", "save_every", "held_out_poses", "precision"}
    for name, value in asdict(settings).items():
        if name not in changeable and stored.get(name) != value:
            raise ConfigError(f"--resume: {name} = {value}, the run was begun with {stored.get(name)}")
