"""`mocap synth`: bake assets, render labelled people, draw contact sheets, render clips."""

import argparse
from pathlib import Path
import sys

from mocap_ros.cli.numbers import at_least
from mocap_ros.datatypes.errors import ConfigError, DeviceError, install_hint, MocapError
from mocap_ros.synthesis.carriers import CAMERAS, STILL
from mocap_ros.synthesis.stagings import STAGINGS

IMAGES_PER_SHARD = 500


def add_parser(subparsers):
    """Adds the `synth` command and its own commands to the command line."""
    parser = subparsers.add_parser("synth", help="make synthetic people with exact labels")
    commands = parser.add_subparsers(dest="synth_command", required=True)
    bake = commands.add_parser(
        "bake", help="make the asset file from the body model, garments and motion (needs torch)"
    )
    bake.add_argument("--garments", type=Path, required=True, help="folder with clothes/ and hair/ (.mhclo, .obj)")
    bake.add_argument("--motion", type=Path, required=True, help="folder with .bvh and .amc files and .asf skeletons")
    bake.add_argument("--out", type=Path, required=True, help="asset file to write (.npz)")
    render = commands.add_parser("render", help="render shards of labelled pictures; a second run goes on")
    render.add_argument("--assets", type=Path, required=True, help="asset file of `synth bake`")
    render.add_argument(
        "--backgrounds", type=Path, help="folder of photographs without people; none: rooms and streets"
    )
    render.add_argument(
        "--panoramas", type=Path, help="folder of equirectangular panoramas (.hdr ...) for light and far surroundings"
    )
    render.add_argument(
        "--leave-out", type=Path, help="text file with names of photographs and panoramas not to use, one a line"
    )
    render.add_argument("--out", type=Path, required=True, help="folder of the shards")
    render.add_argument("--images", type=int, required=True, help="number of pictures")
    render.add_argument("--seed", type=at_least(0), default=0, help="same seed, same bytes")
    render.add_argument(
        "--held-out", action="store_true", help="use the bodies, motion and photographs kept for validation"
    )
    render.add_argument("--sheet", type=Path, help="also write a contact sheet of the first pictures with labels drawn")
    clip = commands.add_parser("clip", help="render a clip of moving people with labels per frame")
    clip.add_argument("--assets", type=Path, required=True, help="asset file of `synth bake`")
    clip.add_argument("--out", type=Path, required=True, help="video to write (.mp4); its labels go beside it as .json")
    clip.add_argument("--seconds", type=float, default=10.0, help="length")
    clip.add_argument("--people", type=int, default=4, help="number of people")
    clip.add_argument(
        "--staging",
        choices=STAGINGS,
        default="mixed",
        help="mixed: walking, gesturing, acting, sitting; crossings: everybody walks to and fro; exits: beyond the "
        "picture's border too, and behind a pillar; recordings: everybody repeats one; throng: walkers who pass each "
        "other near by; care: pairs on a walking frame, a cane, a wheelchair, with a helper (default: mixed)",
    )
    clip.add_argument("--same-clothes", action="store_true", help="dress everybody alike")
    clip.add_argument("--seed", type=at_least(0), default=0, help="same seed, same clip")
    clip.add_argument("--street", action="store_true", help="outdoors instead of in a room")
    clip.add_argument("--held-out", action="store_true", help="use the bodies and motion kept for validation")
    clip.add_argument(
        "--camera",
        choices=CAMERAS,
        default=STILL,
        help="handheld: by somebody who walks; drive, walk: on a robot's wheels or legs; its pose is in every frame's "
        "labels (default: still)",
    )
    clip.add_argument("--readout", type=float, default=0.0, metavar="MS", help="rolling shutter: from the first row's "
                      "exposure to the last one's [ms]; every label is of its own row's time (default: 0)")
    clip.add_argument("--label-step", type=int, default=1, help="labels of every so manieth frame")
    parser.set_defaults(run=run)
    return parser


def run(arguments):
    """Does what the parsed arguments say; returns the exit status."""
    commands = {"bake": bake_assets, "clip": render_clip, "render": render_shards}
    try:
        commands[arguments.synth_command](arguments)
    except ModuleNotFoundError as error:
        raise DeviceError(f"mocap synth: {error.name} is not installed ({install_hint('train')})") from error
    except OSError as error:
        raise ConfigError(f"{error.filename}: {error.strerror}") from error
    return 0


def bake_assets(arguments):
    """Writes the asset file."""
    from mocap_ros.synthesis.bake import bake

    bake(arguments.garments, arguments.motion, arguments.out)


def render_clip(arguments):
    """Renders a clip and its labels, with a progress bar."""
    from tqdm import tqdm

    from mocap_ros.synthesis.assets import load_assets
    from mocap_ros.synthesis.clip import RATE, Stage
    from mocap_ros.synthesis.clip_files import write_clip
    from mocap_ros.synthesis.wardrobe import Wardrobe

    if not 0 < arguments.seconds <= 3600:
        raise ConfigError(f"--seconds {arguments.seconds:g}: wanted more than 0 and at most 3600")
    if not 0 <= arguments.readout <= 1000 / RATE:
        raise ConfigError(f"--readout {arguments.readout:g}: wanted 0 to {1000 / RATE:g} ms, the time of one frame")
    if arguments.label_step < 1:
        raise ConfigError(f"--label-step {arguments.label_step}: wanted at least 1")
    fewest, most = STAGINGS[arguments.staging]
    if not fewest <= arguments.people <= most:
        raise ConfigError(f"--people {arguments.people}: wanted {fewest} to {most} with --staging {arguments.staging}")
    assets = load_assets(arguments.assets, arguments.held_out)
    stage = Stage(
        Wardrobe(assets),
        assets.takes,
        arguments.seconds,
        arguments.people,
        arguments.seed,
        arguments.street,
        arguments.staging,
        arguments.same_clothes,
        arguments.readout / 1000,
        arguments.camera,
    )
    frames = tqdm(stage.frames(arguments.seconds), total=round(arguments.seconds * RATE), unit="frame")
    write_clip(arguments.out, stage, frames, arguments.label_step)


def render_shards(arguments):
    """Renders the shards that are still missing, with a progress bar."""
    from tqdm import tqdm

    from mocap_ros.datasets.synthetic import shard_paths, write_shard
    from mocap_ros.synthesis.factory import Factory

    if arguments.images < 1:
        raise ConfigError(f"--images {arguments.images}: wanted at least 1")
    arguments.out.mkdir(parents=True, exist_ok=True)
    left_out = arguments.leave_out.read_text().split() if arguments.leave_out else ()
    factory = Factory(
        arguments.assets, arguments.backgrounds, arguments.seed, arguments.held_out, left_out, arguments.panoramas
    )
    with tqdm(total=arguments.images, unit="image", smoothing=0.05) as bar:
        for number, start in enumerate(range(0, arguments.images, IMAGES_PER_SHARD)):
            count = min(IMAGES_PER_SHARD, arguments.images - start)
            if shard_paths(arguments.out, number)[1].exists():
                bar.update(count)
                continue

            def counted(number=number, count=count):
                for picture in factory.shard(number, count):
                    yield picture
                    bar.update(1)

            write_shard(arguments.out, number, counted())
    if arguments.sheet:
        write_sheet(arguments.out, arguments.sheet)
    total = sum(factory.stopwatch.seconds.values())
    if total > 0:
        shares = ", ".join(f"{name} {100 * value / total:.0f} %" for name, value in factory.stopwatch.seconds.items())
        print(f"time: {shares}")


def write_sheet(folder, path, pictures=24):
    """Writes a contact sheet of the first pictures of a folder of shards."""
    import cv2

    from mocap_ros.datasets.synthetic import SyntheticShards
    from mocap_ros.synthesis.sheet import contact_sheet

    shards = SyntheticShards(folder, with_owners=True)
    sheet = contact_sheet([shards[i] for i in range(min(pictures, len(shards)))])
    if not cv2.imwrite(str(path), sheet):
        raise ConfigError(f"{path}: cannot be written as a picture")


def main(words=None):
    """The command line of this module alone: `python -m mocap_ros.cli.synth render ...`."""
    parser = argparse.ArgumentParser(prog="mocap")
    add_parser(parser.add_subparsers(required=True))
    arguments = parser.parse_args(["synth", *(sys.argv[1:] if words is None else words)])
    try:
        return arguments.run(arguments)
    except MocapError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
