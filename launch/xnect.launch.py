"""People from one camera: capture and visualizer, with RViz and a recording on request.

    ros2 launch mocap_ros xnect.launch.py image:=/camera/image_raw camera_info:=/camera/camera_info rviz:=true
"""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, ExecuteProcess, OpaqueFunction
from launch.conditions import IfCondition
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterFile, ParameterValue
from launch_ros.substitutions import FindPackageShare

ARGUMENTS = (  # name, default, description
    ("image", "/camera/image_raw", "topic of the camera's images (sensor_msgs/Image; with transport:=compressed its "
                                   "CompressedImage below it)"),
    ("camera_info", "/camera/camera_info", "topic of the camera's calibration (sensor_msgs/CameraInfo)"),
    ("transport", "raw", "raw or compressed images"),
    ("rviz", "true", "start RViz with the overlay, the markers and the TF tree"),
    ("fixed_frame", "camera_optical_frame", "RViz's fixed frame: the images' frame_id, or one that TF connects to it"),
    ("record", "false", "record persons, skeleton_model, /tf and camera_info with ros2 bag, into the current folder"),
    ("device", "auto", "where the networks run: auto, cpu, cuda or tensorrt"),
    ("weights", "small", "name of the shipped weights, or the path of a folder that holds a model"),
    ("front_end", "xnect", "who finds the keypoints: xnect (our weights), blazepose, onnx (a model of yours), or "
                           "topic: another node, and no image is needed"),
    ("front_end_model", "", "front_end:=onnx: path of the YAML that describes the model"),
    ("people_2d", "/people_2d", "front_end:=topic: topic of the people in 2D"),
    ("people_2d_format", "persons", "front_end:=topic: what comes, persons, rep155, yolo or vision"),
    ("ground_frame", "", "frame that stands on the floor, such as base_footprint: the floor from TF, for heights"),
    ("odometry_frame", "", "frame that stays while the robot drives, such as odom: feet then stay planted"),
    ("namespace", "mocap", "namespace of the nodes and their topics"),
    ("params_file", "", "YAML file of further parameters (see config/mocap.yaml); it wins over the arguments"),
    ("use_sim_time", "false", "take the time from /clock, for recordings and simulators"),
)


def generate_launch_description():
    """The launch description; `ros2 launch mocap_ros xnect.launch.py --show-args` lists the arguments."""
    arguments = [DeclareLaunchArgument(name, default_value=default, description=meaning)
                 for name, default, meaning in ARGUMENTS]
    return LaunchDescription([*arguments, OpaqueFunction(function=nodes), rviz(), recording()])


def nodes(context):
    """The nodes, with the parameter file where one is given: capture, or lifter and fitter for people from a topic."""
    given = {name: LaunchConfiguration(name) for name, _, _ in ARGUMENTS}
    use_sim_time = {"use_sim_time": ParameterValue(given["use_sim_time"], value_type=bool)}
    transport = {"input.transport": ParameterValue(given["transport"], value_type=str)}
    networks = {"estimator.device": ParameterValue(given["device"], value_type=str),
                "estimator.weights": ParameterValue(given["weights"], value_type=str)}
    floor = {"input.ground_frame": ParameterValue(given["ground_frame"], value_type=str),
             "input.odometry_frame": ParameterValue(given["odometry_frame"], value_type=str)}
    people = {"people_2d.format": ParameterValue(given["people_2d_format"], value_type=str)}
    file = given["params_file"].perform(context)
    further = [ParameterFile(file)] if file else []
    common = {"package": "mocap_ros", "namespace": given["namespace"], "output": "screen"}
    topics = [("image", given["image"]), ("camera_info", given["camera_info"]), ("people_2d", given["people_2d"])]

    def node(name, *parameters):
        return Node(executable=f"{name}_node", name=name, remappings=topics,
                    parameters=[use_sim_time, *parameters, *further], **common)

    visualizer = node("visualizer", transport)
    if given["front_end"].perform(context) == "topic":
        return [node("lifter", people), node("fitter", floor), visualizer]
    front_end = {"front_end.kind": ParameterValue(given["front_end"], value_type=str),
                 "front_end.model": ParameterValue(given["front_end_model"], value_type=str)}
    return [node("capture", transport, networks, front_end, floor), visualizer]


def rviz():
    """RViz with this package's displays, whose topics are relative to the namespace."""
    return Node(
        package="rviz2", executable="rviz2", name="rviz", namespace=LaunchConfiguration("namespace"),
        arguments=["-d", PathJoinSubstitution([FindPackageShare("mocap_ros"), "config", "mocap.rviz"]),
                   "-f", LaunchConfiguration("fixed_frame")],
        parameters=[{"use_sim_time": ParameterValue(LaunchConfiguration("use_sim_time"), value_type=bool)}],
        condition=IfCondition(LaunchConfiguration("rviz")))


def recording():
    """`ros2 bag record` of everything that a recording needs to be understood.

    The topics are given as one expression: Humble knows no --topics, and newer ones no list of names without it.
    """
    topics = ["^(/", LaunchConfiguration("namespace"), "/(persons|skeleton_model)|/tf|/tf_static|",
              LaunchConfiguration("camera_info"), ")$"]
    return ExecuteProcess(cmd=["ros2", "bag", "record", "-s", "mcap", "-e", topics], output="screen",
                          condition=IfCondition(LaunchConfiguration("record")))
