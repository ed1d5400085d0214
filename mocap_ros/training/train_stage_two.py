"""Training of Stage II on Stage I's own predictions (Sec. 6.3.2)."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from mocap_ros.datatypes.detections import Detections
from mocap_ros.datatypes.errors import WeightsError
from mocap_ros.datatypes.skeleton import EVALUATION_JOINTS, JOINT_MIRROR, JOINTS, ROOT
from mocap_ros.nets.stage_two import StageTwo, symmetric_stage_two
from mocap_ros.nets.stage_two_input import PARTS, SPARSE, stage_two_input, stage_two_input_mirror, SUPERVISIONS
from mocap_ros.training.checkpoint import MovingAverage, save_checkpoint
from mocap_ros.training.losses import stage_two_loss
from mocap_ros.training.schedule import learning_rate
from mocap_ros.training.settings import check_choice, setting
from mocap_ros.training.targets import relative_to_view
from mocap_ros.training.validation import pair_up, pose_scores

EVALUATED = [JOINTS.index(name) for name in EVALUATION_JOINTS]


@dataclass(frozen=True)
class StageTwoTraining:
    """Settings of a Stage II run; they are stored in its checkpoint."""

    features: int = setting(384, "width of the hidden layers")
    epochs: int = setting(40, "passes over the collected people")
    batch: int = setting(256, "people in a batch")
    rate: float = setting(2e-3, "peak learning rate of AdamW")
    weight_decay: float = setting(0.05, "of AdamW")
    average: float = setting(0.998, "decay of the weights' moving average")
    dropped: float = setting(0.2, "share of the seen keypoints that are hidden at random")
    jitter: float = setting(0.03, "standard deviation of the noise on keypoints, of the person's size")
    seed: int = setting(1, "of weights and draws")
    threads: int = setting(0, "CPU threads; 0 uses every core")
    input: str = setting(PARTS[-1], "what it reads: 2d, confidence (and 2d) or encodings (and both) (Table 6.10)")
    supervision: str = setting(SPARSE, "bones of an encoding that it reads: sparse or dense, as Stage I was trained")

    def __post_init__(self):
        check_choice("input", self.input, PARTS)
        check_choice("supervision", self.supervision, SUPERVISIONS)


def collect_people(detect, samples, indices):
    """Detected people with the labelled pose of the person each one is.

    Args:
        detect: function from an image to Detections with encodings.
        samples: sequence of Sample with cameras and joints.
        indices: which of them.

    Returns:
        keypoints_px (N, K, 2), confidence (N, K), encodings (N, K, J, 3) of the detections, and joints (N, J, 3):
        root-relative, view frame, reference height [m].

    Raises:
        WeightsError: none of the labelled people is found.
    """
    parts = []
    root = JOINTS.index(ROOT)
    for index in tqdm(indices, unit="image", disable=None):
        sample = samples[int(index)]
        found = detect(sample.image)
        detection, person = pair_up(found, sample)
        if not len(detection):
            continue
        seen = found.confidence[detection] > 0
        chosen = type(sample)(sample.image, sample.keypoints_px[person], sample.visibility[person],
                              sample.joints_camera[person], sample.camera_matrix)
        joints = relative_to_view(chosen, found.keypoints_px[detection], seen)
        joints = joints - joints[:, root, None]
        known = np.isfinite(joints[:, EVALUATED]).all((1, 2))  # hands and toes may be missing
        parts.append((found.keypoints_px[detection][known], found.confidence[detection][known],
                      found.encodings[detection][known].astype(np.float16), joints[known].astype(np.float32)))
    if not sum(len(part[0]) for part in parts):
        raise WeightsError(f"Stage I finds none of the people in {len(indices)} images: train it for longer")
    return tuple(np.concatenate([part[n] for part in parts]) for n in range(4))


def train_stage_two(settings, people, held_out, run):
    """Trains Stage II and leaves `stage_two.pt` in the folder `run`.

    Args:
        settings: StageTwoTraining.
        people, held_out: see collect_people.
        run: folder.

    Returns:
        The averaged StageTwo, and its pose_errors on the held-out people.
    """
    if settings.threads:
        torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    generator = np.random.default_rng(settings.seed)
    model = StageTwo(settings.features, settings.input)
    optimizer = torch.optim.AdamW(model.parameters(), settings.rate, weight_decay=settings.weight_decay)
    average = MovingAverage(model, settings.average)
    count = len(people[0])
    batches = max(1, count // settings.batch)
    steps = settings.epochs * batches
    step = 0
    for _ in tqdm(range(settings.epochs), unit="epoch", disable=None):
        model.train()
        for rows in np.array_split(generator.permutation(count), batches):
            inputs, joints = _mirrored_half(_disturbed(people, rows, settings, generator), people[3][rows], generator)
            rate = learning_rate(step, settings.rate, steps, steps // 20, steps // 2)
            for group in optimizer.param_groups:
                group["lr"] = rate
            loss = stage_two_loss(model(torch.from_numpy(inputs)), torch.from_numpy(joints))
            loss.backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            average.update(model, step)
            step += 1
    model.load_state_dict(average.values)
    model.eval()
    save_checkpoint(Path(run) / "stage_two.pt", {"average": average.values, "settings": asdict(settings)})
    return model, pose_errors(model, held_out, settings.supervision)


def stage_two_of(checkpoint):
    """The StageTwo of a checkpoint's state."""
    settings = checkpoint["settings"]
    model = StageTwo(settings["features"], settings.get("input", PARTS[-1]))
    model.load_state_dict(checkpoint["average"])
    return model.eval()


def pose_errors(model, people, supervision=SPARSE):
    """Share of the 14 evaluation joints within 150 mm (3DPCK) and mean joint error [m], root-relative (Sec. 3.3)."""
    return pose_scores(stage_two_answers(model, people, supervision), people[3])


def stage_two_answers(model, people, supervision=SPARSE):
    """Joints that a StageTwo, made symmetric, gives for people of collect_people, (N, J, 3) as there."""
    with torch.inference_mode():
        return symmetric_stage_two(model)(torch.from_numpy(_inputs(*people[:3], supervision))).numpy()


def _disturbed(people, rows, settings, generator):
    """Stage II's input for some people with keypoints shaken and left out, (len(rows), FEATURES)."""
    keypoints_px, confidence, encodings = (part[rows] for part in people[:3])
    extent = np.nanmax(keypoints_px, axis=1) - np.nanmin(keypoints_px, axis=1)  # (N, 2)
    noise = generator.standard_normal(keypoints_px.shape) * settings.jitter * extent.max(-1)[:, None, None]
    share = settings.dropped * 2 * generator.random((len(rows), 1))
    confidence = np.where(generator.random(confidence.shape) < share, 0, confidence)
    return _inputs(keypoints_px + noise, confidence, encodings, settings.supervision)


def _mirrored_half(rows, joints, generator):
    """Rows of stage_two_input and joints (N, J, 3), about half of them turned into those of the mirror image."""
    columns, signs = stage_two_input_mirror()
    turned = generator.random(len(rows)) < 0.5
    return (np.where(turned[:, None], rows[:, columns] * signs.astype(np.float32), rows),
            np.where(turned[:, None, None], joints[:, JOINT_MIRROR] * np.float32([-1, 1, 1]), joints))


def _inputs(keypoints_px, confidence, encodings, supervision):
    """Rows of stage_two_input, (N, FEATURES)."""
    seen = (confidence > 0)[..., None]
    found = Detections(np.where(seen, keypoints_px, np.nan), confidence, np.ones(len(confidence)),
                       encodings * seen[..., None])
    return stage_two_input(found, supervision)
