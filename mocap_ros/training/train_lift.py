"""Training of lift-2d on motion capture alone: posed bodies, random cameras, a detector's noise, no pictures."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from mocap_ros.datatypes.errors import ConfigError
from mocap_ros.datatypes.skeleton import EVALUATION_JOINTS, JOINTS, ROOT
from mocap_ros.nets.lift_input import FEWEST_KEYPOINTS, lift_input
from mocap_ros.nets.lift_net import LiftNet, SymmetricLift
from mocap_ros.nets.person_frame import reference_scale
from mocap_ros.training.checkpoint import MovingAverage, load_checkpoint, save_checkpoint
from mocap_ros.training.detector_noise import FORMS, detect, measured_detectors
from mocap_ros.training.lift_views import draw_views
from mocap_ros.training.precision import autocast
from mocap_ros.training.schedule import learning_rate
from mocap_ros.training.settings import setting

PELVIS = JOINTS.index(ROOT)
FORM_SHARES = 0.4, 0.25, 0.35  # of detector_noise.FORMS
CHECKPOINT = "lift.pt"
OTHER_JOINTS = 0.3  # weight of the joints that are not scored
FOCAL_ERROR = 0.1  # standard deviation of the logarithm of the assumed focal length over the true one


@dataclass(frozen=True)
class LiftTraining:
    """Settings of a run; they are stored in its checkpoint."""

    features: int = setting(512, "width of the hidden layers")
    blocks: int = setting(2, "residual blocks of two layers")
    poses: int = setting(40000, "poses drawn once and kept in RUN/poses.npz")
    held_out_poses: int = setting(8000, "poses of held-out bodies and clips to score on")
    steps: int = setting(25500, "length of the run")
    batch: int = setting(1024, "people in a batch, each with a camera and noise of its own")
    rate: float = setting(2e-3, "peak learning rate of AdamW")
    warmup: int = setting(200, "steps in which the rate rises")
    decay: int = setting(12000, "last steps, in which the rate falls")
    weight_decay: float = setting(0.02, "of AdamW")
    average: float = setting(0.999, "decay of the weights' moving average")
    seed: int = setting(1, "of poses, weights and draws")
    threads: int = setting(1, "CPU threads; 0 uses every core")
    device: str = setting("auto", "cpu, cuda, or auto: cuda where there is one")
    precision: str = setting("auto", "bf16, fp32, or auto: bf16 where the machine multiplies it natively")
    save_every: int = setting(1000, "steps between checkpoints")


def train_lift(settings, poses, run, resume=False, report=None, stop=None):
    """Trains a LiftNet and leaves its state in RUN/lift.pt.

    Args:
        settings: LiftTraining.
        poses: PosedBodies.
        run: folder.
        resume: go on from RUN's checkpoint; the result is the same bits as without a stop (on one machine).
        report: function of the averaged model and the step, called at every checkpoint.
        stop: step to stop at, as if interrupted; None for the end.

    Returns:
        The averaged LiftNet, in evaluation mode on the CPU.

    Raises:
        ConfigError: resumed with other settings of the network or the draws.
    """
    if settings.threads:
        torch.set_num_threads(settings.threads)
    device = settings.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    precision = autocast(settings.precision, torch.device(device))
    torch.manual_seed(settings.seed)
    detectors = measured_detectors()
    model = LiftNet(settings.features, settings.blocks).to(device)
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
    for step in tqdm(range(first, last), unit="step", initial=first, total=settings.steps, disable=None):
        rows, target = (torch.from_numpy(each).to(device) for each in draw_batch(poses, detectors, settings, step))
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


def draw_batch(poses, detectors, settings, step):
    """Rows of lift_input, (batch, LIFT_FEATURES), and joints in the view frame at the reference height, (batch, J, 3).

    Everything depends on the seed and the step only; each detector (DetectorNoise by name) gets its share of the batch.
    """
    generator = np.random.default_rng((settings.seed, step))
    chosen = generator.integers(len(poses), size=settings.batch)
    parts = []
    for name, rows in zip(detectors, np.array_split(chosen, len(detectors))):
        views = draw_views(poses.points[rows], generator)
        form = generator.choice(len(FORMS), len(rows), p=FORM_SHARES)
        found = detect(views, detectors[name], form, generator)
        parts.append(example(views, found, np.exp(generator.normal(0, FOCAL_ERROR, len(rows)))))
    return tuple(np.concatenate(part) for part in zip(*parts))


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
    known = torch.isfinite(target).all(-1)
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
    symmetric = SymmetricLift(model).eval()

    def infer(rows):
        with torch.inference_mode():
            return symmetric(torch.from_numpy(rows)).numpy()

    return infer


def _averaged(average, settings):
    return lift_of({"settings": asdict(settings), "average": average.values})


def _check_same(settings, stored):
    changeable = {"steps", "decay", "threads", "device", "save_every", "held_out_poses", "precision"}
    for name, value in asdict(settings).items():
        if name not in changeable and stored.get(name) != value:
            raise ConfigError(f"--resume: {name} = {value}, the run was begun with {stored.get(name)}")
