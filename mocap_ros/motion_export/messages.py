"""The core's people as this package's messages, for ROS and for recordings made without it.

`types` holds the message classes by their short names (Person, Pose, ...): rclpy's generated ones in the nodes, the
library rosbags' in `mocap run`. Both take the same field names.
"""

import numpy as np

from mocap_ros.datatypes.person import ASSUMED, GIVEN, MEASURED, NEW, OCCLUDED, TRACKED
from mocap_ros.datatypes.skeleton import ANGLES, BONES, JOINTS, KEYPOINTS, LIMB_INDICES, PARENT_INDICES
from mocap_ros.kinematics.joint_limits import LIMITS
from mocap_ros.kinematics.links import link_transforms


def people_message(frame, header, types):
    """PersonArray of a PeopleFrame.

    Args:
        frame: PeopleFrame.
        header: std_msgs/Header of its image.
        types: see above.
    """
    return types.PersonArray(
        header=header, image_width=frame.width, image_height=frame.height, calibrated=frame.calibrated,
        processing_seconds=float(frame.processing_seconds),
        people=[person_message(person, types) for person in frame.people],
    )


def person_message(person, types):
    """Person of one tracked person."""
    states = {NEW: types.Person.STATE_NEW, TRACKED: types.Person.STATE_TRACKED, OCCLUDED: types.Person.STATE_OCCLUDED}
    sources = {ASSUMED: types.Person.HEIGHT_ASSUMED, MEASURED: types.Person.HEIGHT_MEASURED,
               GIVEN: types.Person.HEIGHT_GIVEN}
    return types.Person(
        id=person.id, state=states[person.state], score=float(person.score),
        keypoints=keypoint_messages(person.keypoints_px, person.keypoint_confidence, types),
        joints=point_messages(person.joints_camera, types),
        joint_confidence=person.joint_confidence.astype(np.float32),
        root=types.Pose(position=types.Point(**axes(person.root_position)),
                        orientation=quaternion_message(person.root_orientation, types)),
        angles=person.angles.astype(np.float32), bone_lengths=person.bone_lengths.astype(np.float32),
        height=float(person.height), height_source=sources[person.height_source],
        velocity=types.Vector3(**axes(person.velocity)), root_covariance=person.root_covariance.ravel(),
        joint_deviation=person.joint_deviation.astype(np.float32),
        appearance=np.zeros(0, np.float32),
    )


def skeleton_model_message(types):
    """SkeletonModel."""
    limits = LIMITS.astype(np.float32)
    return types.SkeletonModel(
        keypoint_names=list(KEYPOINTS), limbs=LIMB_INDICES.ravel().astype(np.uint8), joint_names=list(JOINTS),
        joint_parents=PARENT_INDICES.astype(np.int8), bone_names=list(BONES), angle_names=list(ANGLES),
        angle_lower=np.ascontiguousarray(limits[:, 0]), angle_upper=np.ascontiguousarray(limits[:, 1]),
    )


def transforms_message(frame, header, types):
    """TFMessage of every link of everybody: body_<id> below the camera's frame, the others below it (REP-155).

    Args:
        frame, header, types: as in people_message.
    """
    transforms = []
    if frame.people:
        links = people_links(frame)
        for person, places, turns in zip(frame.people, links.translations.tolist(), links.rotations.tolist()):
            for name, parent, (x, y, z), (i, j, k, w) in zip(links.names, links.parents, places, turns):
                above = header.frame_id if parent is None else f"{parent}_{person.id}"
                transforms.append(types.TransformStamped(
                    header=types.Header(stamp=header.stamp, frame_id=above), child_frame_id=f"{name}_{person.id}",
                    transform=types.Transform(translation=types.Vector3(x=x, y=y, z=z),
                                              rotation=types.Quaternion(x=i, y=j, z=k, w=w)),
                ))
    return types.TFMessage(transforms=transforms)


def people_links(frame):
    """LinkTransforms of everybody in a PeopleFrame."""
    return link_transforms(
        np.stack([person.root_position for person in frame.people]),
        np.stack([person.root_orientation for person in frame.people]),
        np.stack([person.angles for person in frame.people]),
        np.stack([person.bone_lengths for person in frame.people]),
    )


def camera_info_message(camera, header, types):
    """CameraInfo of a Camera; K = 0 says that the camera is uncalibrated, as image_pipeline has it."""
    known = camera.matrix if camera.calibrated else np.zeros((3, 3))
    projection = np.hstack([known, np.zeros((3, 1))])
    return types.CameraInfo(
        header=header, height=camera.height, width=camera.width, distortion_model=camera.distortion_model,
        d=camera.padded_distortion, k=known.ravel(), r=np.eye(3).ravel(), p=projection.ravel(),
        binning_x=0, binning_y=0,
        roi=types.RegionOfInterest(x_offset=0, y_offset=0, height=0, width=0, do_rectify=False),
    )


def keypoint_messages(keypoints_px, confidence, types):
    """List of K Keypoint from (K, 2) [px] and (K,)."""
    return [types.Keypoint(x=x, y=y, confidence=c) for (x, y), c in zip(keypoints_px.tolist(), confidence.tolist())]


def point_messages(points, types):
    """List of N Point from (N, 3) [m]."""
    return [types.Point(x=x, y=y, z=z) for x, y, z in points.tolist()]


def quaternion_message(quaternion, types):
    """Quaternion from xyzw, (4,)."""
    x, y, z, w = quaternion.tolist()
    return types.Quaternion(x=x, y=y, z=z, w=w)


def axes(vector):
    """x, y, z as keyword arguments of a geometry_msgs type."""
    x, y, z = vector.tolist()
    return {"x": x, "y": y, "z": z}
