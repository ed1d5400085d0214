"""Defaults of the ROS nodes' own settings, beside the method's in config.py and made in the same way."""

from dataclasses import dataclass, field

from mocap_ros.datatypes.config import setting


@dataclass(frozen=True)
class InputConfig:
    """How a node takes images."""

    transport: str = setting("raw", "", "sensor_msgs/Image on `image`, or CompressedImage on `image/compressed`",
                             choices=("raw", "compressed"), fixed=True)
    camera_info_wait: float = setting(1.0, "s", "how long the first image waits for a camera_info that is published",
                                      0.0, 60.0)
    ground_frame: str = setting("", "", "frame that stands on the floor, such as base_footprint; the floor then comes "
                                "from TF, image by image; empty: from the section camera", fixed=True)
    odometry_frame: str = setting("", "", "frame that stays while the robot drives, such as odom; feet then stay "
                                  "planted before the moving camera; empty: the camera is at rest", fixed=True)


@dataclass(frozen=True)
class People2DConfig:
    """People in 2D from another detector's topics, node lifter."""

    format: str = setting("persons", "", "what comes: persons (mocap_ros/PersonArray, keypoints only), rep155 "
                          "(hri_msgs Skeleton2D below /humans/bodies), yolo (yolo_ros' DetectionArray) or vision "
                          "(vision_msgs/Detection2DArray)", choices=("persons", "rep155", "yolo", "vision"), fixed=True)
    package: str = setting("", "", "package of the messages, such as yolov8_msgs; empty: hri_msgs, yolo_msgs or "
                           "vision_msgs", fixed=True)
    joints: str = setting("coco_17", "", "format yolo: order of the keypoints, coco_17, rep155_18, mocap_20 or names "
                          "with commas and - for one that is left out", fixed=True)
    width: int = setting(0, "px", "width of the images; 0: that of camera_info, or of the PersonArray", 0, 65535,
                         fixed=True)
    height: int = setting(0, "px", "height of the images; 0: that of camera_info, or of the PersonArray", 0, 65535,
                          fixed=True)


@dataclass(frozen=True)
class OutputConfig:
    """What a node publishes beside persons and skeleton_model."""

    tf: bool = setting(True, "", "broadcast every person's links on /tf", fixed=True)
    rep155: bool = setting(False, "", "publish REP-155 topics below /humans (needs hri_msgs)", fixed=True)


@dataclass(frozen=True)
class VideoConfig:
    """The video source node."""

    source: str = setting("", "", "path of a video, image or folder of images; number of a webcam; address of a stream",
                          fixed=True)
    camera_info: str = setting("", "", "camera_info YAML of the camera; empty: published as uncalibrated (K = 0)",
                               fixed=True)
    pace: str = setting("clock", "", "clock: at the source's own rate; answered: the next image goes out when the last "
                        "one's persons have come back, so none is lost", choices=("clock", "answered"), fixed=True)
    loop: bool = setting(False, "", "start a file or folder again at its end", fixed=True)
    frame_id: str = setting("camera_optical_frame", "", "header.frame_id of the images", fixed=True)
    answer_timeout: float = setting(20.0, "s", "pace answered: longest wait for one image's persons", 0.1, 3600.0)
    subscribers: int = setting(0, "", "subscriptions of `image` and of `camera_info` to wait for before the first "
                               "image", 0, 100, fixed=True)


@dataclass(frozen=True)
class RecorderConfig:
    """The recorder node."""

    folder: str = setting("mocap_recording", "", "new folder for the recording", fixed=True)
    overlay: bool = setting(True, "", "write the topic `overlay` to overlay.mp4", fixed=True)
    bvh: bool = setting(True, "", "write persons.csv and, at the end, one BVH file per person", fixed=True)
    rate: float = setting(25.0, "Hz", "frame rate of overlay.mp4 where the stamps do not tell", 0.1, 1000.0, fixed=True)


@dataclass(frozen=True)
class VisualizerConfig:
    """The visualizer node."""

    overlay: bool = setting(True, "", "publish `overlay`: the image with skeletons, ids and a small 3D view",
                            fixed=True)
    always: bool = setting(False, "", "draw the overlay also while nobody subscribes to it", fixed=True)
    trail: float = setting(3.0, "s", "how much of everybody's way `markers` shows; 0 for none", 0.0, 600.0, fixed=True)
    memory: int = setting(60, "images", "images kept until their persons come", 1, 1000, fixed=True)


@dataclass(frozen=True)
class CalibrationConfig:
    """The calibrator node."""

    pattern: str = setting("checkerboard", "", "kind of board", choices=("checkerboard", "charuco"), fixed=True)
    columns: int = setting(8, "", "inner corners of a checkerboard, squares of a ChArUco board, along its long side",
                           3, 100, fixed=True)
    rows: int = setting(6, "", "the same along its short side", 3, 100, fixed=True)
    square: float = setting(0.025, "m", "side of a square", 0.001, 10.0, fixed=True)
    marker: float = setting(0.018, "m", "side of a ChArUco board's markers", 0.001, 10.0, fixed=True)
    dictionary: str = setting("4X4_50", "", "ArUco dictionary of a ChArUco board", fixed=True)
    model: str = setting("plumb_bob", "", "distortion model; equidistant is for fisheye lenses",
                         choices=("plumb_bob", "rational_polynomial", "equidistant"), fixed=True)
    views: int = setting(60, "", "most views of the board that are kept", 5, 1000, fixed=True)
    camera_name: str = setting("camera", "", "camera_name in the file", fixed=True)
    camera_file: str = setting("camera.yaml", "", "camera_info file to write", fixed=True)
    ground_file: str = setting("ground.yaml", "", "parameter file of the floor to write", fixed=True)
    side_ab: float = setting(0.0, "m", "distance on the floor from the first to the second point that is clicked",
                             0.0, 1e6, fixed=True)
    side_bc: float = setting(0.0, "m", "distance from the second to the third point", 0.0, 1e6, fixed=True)
    side_ca: float = setting(0.0, "m", "distance from the third to the first point", 0.0, 1e6, fixed=True)
    camera_height: float = setting(0.0, "m", "camera's height above the floor, for distances in a unit of their own; "
                                   "0: the distances are in metres", 0.0, 100.0, fixed=True)


@dataclass(frozen=True)
class NodeConfig:
    """All sections; a parameter's name is `section.name`."""

    input: InputConfig = field(default_factory=InputConfig)
    people_2d: People2DConfig = field(default_factory=People2DConfig)
    output: OutputConfig = field(default_factory=OutputConfig)
    video: VideoConfig = field(default_factory=VideoConfig)
    recorder: RecorderConfig = field(default_factory=RecorderConfig)
    visualizer: VisualizerConfig = field(default_factory=VisualizerConfig)
    calibration: CalibrationConfig = field(default_factory=CalibrationConfig)
