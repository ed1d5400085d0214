"""`mocap export`: a recording becomes files that animation programs and notebooks open."""

from pathlib import Path
from tempfile import TemporaryDirectory

from tqdm import tqdm

from mocap_ros.datatypes.config import MocapConfig, settings_of, with_settings
from mocap_ros.datatypes.errors import ConfigError, ImageError, writing
from mocap_ros.geometry.ground_plane import ground_of_settings
from mocap_ros.motion_export.people_files import BVH, CSV, FORMATS, GLTF, PARQUET, PeopleFiles
from mocap_ros.motion_export.recording import Recording

MEANINGS = {
    CSV: "persons.csv: joints and angles, a row per person and frame",
    PARQUET: "persons.parquet: the same (needs pyarrow)",
    BVH: "<id>.bvh: one per person",
    GLTF: "people.glb: everybody in one animated scene (needs pygltflib)",
}
GROUND = ("camera.ground_height", "camera.ground_tilt", "camera.ground_roll")


def add_parser(subparsers):
    """Adds the command to the `mocap` command line."""
    parser = subparsers.add_parser(
        "export", help="turn a recording into BVH, glTF, CSV or Parquet",
        description="Reads the people of a rosbag2 (sqlite3 or mcap, of `ros2 bag record` or of this package) or of a "
                    "folder that `mocap run` or `mocap demo` wrote, and writes the files asked for.",
    )
    parser.add_argument("recording", metavar="BAG_OR_DIR", help="rosbag2 folder, its .mcap or .db3 file, or a folder "
                                                                "of results")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for the files; made if it is not there")
    for name in FORMATS:
        parser.add_argument(f"--{name}", action="append_const", dest="formats", const=name, help=MEANINGS[name])
    parser.add_argument("--topic", default="", help="topic of the people, where the bag has several")
    parser.add_argument("--rate", type=float, metavar="HZ", help="frames per second of the BVH files (default: each "
                                                                  "person's own median)")
    known = {name: (value, details) for name, value, details in settings_of(MocapConfig())}
    for name in GROUND:
        value, details = known[name]
        parser.add_argument("--" + name.partition(".")[2].replace("_", "-"), dest=name, type=float, default=value,
                            help=f"{details['meaning']} [{details['unit']}] (default: {value:g})")
    parser.set_defaults(run=run)


def run(options):
    """Runs the command."""
    if not options.formats:
        raise ConfigError(f"nothing to write: name at least one of {', '.join('--' + name for name in FORMATS)}")
    if options.rate is not None and not 0.1 <= options.rate <= 1000:
        raise ConfigError(f"--rate {options.rate:g}: wanted 0.1 to 1000 Hz")
    settings = with_settings(MocapConfig(), {name: getattr(options, name) for name in GROUND})
    plane = ground_of_settings(settings.camera)
    with Recording(options.recording, options.topic) as recording:
        out = Path(options.out)
        people = set()
        with writing(out, ImageError):
            out.mkdir(parents=True, exist_ok=True)
            with (TemporaryDirectory(prefix=".export-", dir=out) as unfinished,
                  PeopleFiles(unfinished, options.formats, plane, options.rate) as files):
                for frame in tqdm(recording.frames(), total=recording.count, unit=" frames", disable=None):
                    files.add(frame)
                    people.update(person.id for person in frame.people)
                files.close()
                written = [path.replace(out / path.name) for path in files.written]
        print(f"{recording.topic}: {recording.count} frames, {len(people)} people")
    for path in written:
        print(f"    {path.name}  {path.stat().st_size / 1e6:.1f} MB")
