"""The camera's lens and the floor: the calibrator, and a window on its overlay on request.

    ros2 launch mocap_ros calibrate.launch.py image:=/camera/image_raw size:=8x6 square:=0.025
    ros2 service call /mocap/calibrator/save_camera std_srvs/srv/Trigger
    ros2 service call /mocap/calibrator/ground_from_board std_srvs/srv/Trigger
"""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.conditions import IfCondition
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterFile, ParameterValue

ARGUMENTS = (  # name, default, description
    ("image", "/camera/image_raw", "topic of the camera's images (sensor_msgs/Image; with transport:=compressed its "
                                   "CompressedImage below it)"),
    ("camera_info", "/camera/camera_info", "topic of the camera's calibration, for the floor of a calibrated camera"),
    ("transport", "raw", "raw or compressed images"),
    ("pattern", "checkerboard", "kind of board: checkerboard or charuco"),
    ("size", "8x6", "columns x rows: inner corners of a checkerboard, squares of a ChArUco board"),
    ("square", "0.025", "side of a square in metres"),
    ("marker", "0.018", "side of a ChArUco board's markers in metres"),
    ("dictionary", "4X4_50", "ArUco dictionary of a ChArUco board"),
    ("model", "plumb_bob", "distortion model: plumb_bob, rational_polynomial, or equidistant for fisheye lenses"),
    ("camera_file", "camera.yaml", "camera_info file that save_camera writes"),
    ("ground_file", "ground.yaml", "parameter file that the ground services write, for xnect.launch.py's params_file"),
    ("ground_frame", "", "frame that stands on the floor, such as base_footprint, for ground_from_tf"),
    ("view", "false", "show the overlay in rqt_image_view, where clicks are points on the floor"),
    ("namespace", "mocap", "namespace of the node and its topics"),
    ("params_file", "", "YAML file of further parameters (see config/mocap.yaml); it wins over the arguments"),
    ("use_sim_time", "false", "take the time from /clock, for recordings and simulators"),
)
SETTINGS = {  # parameter of the node: (argument, type)
    "input.transport": ("transport", str), "input.ground_frame": ("ground_frame", str),
    "calibration.pattern": ("pattern", str), "calibration.square": ("square", float),
    "calibration.marker": ("marker", float), "calibration.dictionary": ("dictionary", str),
    "calibration.model": ("model", str), "calibration.camera_file": ("camera_file", str),
    "calibration.ground_file": ("ground_file", str), "use_sim_time": ("use_sim_time", bool),
}


def generate_launch_description():
    """The launch description; `ros2 launch mocap_ros calibrate.launch.py --show-args` lists the arguments."""
    arguments = [DeclareLaunchArgument(name, default_value=default, description=meaning)
                 for name, default, meaning in ARGUMENTS]
    return LaunchDescription([*arguments, OpaqueFunction(function=calibrator), view()])


def calibrator(context):
    """The calibrator, with the parameter file where one is given."""
    given = {name: LaunchConfiguration(name) for name, _, _ in ARGUMENTS}
    columns, _, rows = given["size"].perform(context).lower().partition("x")
    if not (columns.isdigit() and rows.isdigit()):
        raise ValueError(f"size:={given['size'].perform(context)}: wanted COLUMNSxROWS, such as 8x6")
    settings = {name: ParameterValue(given[argument], value_type=kind) for name, (argument, kind) in SETTINGS.items()}
    settings |= {"calibration.columns": int(columns), "calibration.rows": int(rows)}
    file = given["params_file"].perform(context)
    return [Node(
        package="mocap_ros", executable="calibrator_node", name="calibrator", namespace=given["namespace"],
        output="screen", parameters=[settings, *([ParameterFile(file)] if file else [])],
        remappings=[("image", given["image"]), ("camera_info", given["camera_info"])],
    )]


def view():
    """A window on the overlay, whose clicks come back as points."""
    return Node(package="rqt_image_view", executable="rqt_image_view", name="view",
                namespace=LaunchConfiguration("namespace"), arguments=["overlay"],
                condition=IfCondition(LaunchConfiguration("view")))
