"""The drawn hands: their form, their poses, and that the fingers can be seen."""

import numpy as np
import pytest

from resnet_course.datasets.stand_ins import hands


def generator(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def test_a_hand_is_an_rgb_picture_of_64_by_64():
    """A drawn hand has the shape and the type of a real SIGNS picture."""
    picture = hands.draw_hand(3, generator(0))
    assert picture.shape == (64, 64, 3)
    assert picture.dtype == np.uint8


@pytest.mark.parametrize("fingers", [-1, 6])
def test_only_0_to_5_fingers_can_be_shown(fingers):
    """A hand has five fingers."""
    with pytest.raises(ValueError, match="0 to 5 fingers"):
        hands.draw_hand(fingers, generator(0))


@pytest.mark.parametrize("fingers", range(6))
def test_a_pose_stretches_as_many_fingers_as_its_label_says(fingers):
    """The label is the number of stretched fingers, whichever they are."""
    rng = generator(fingers)
    assert {sum(hands.random_pose(fingers, rng).stretched) for _ in range(200)} == {fingers}


def test_poses_vary():
    """Left and right hands, palms and backs, fists and rings all occur."""
    rng = generator(3)
    poses = [hands.random_pose(n % 6, rng) for n in range(600)]
    for flag in ("mirrored", "back", "ring"):
        assert {getattr(pose, flag) for pose in poses} == {False, True}
    assert {pose.stretched for pose in poses if sum(pose.stretched) == 3} == {
        (True, True, True, False, False),
        (False, True, True, True, False),
    }


def test_more_stretched_fingers_give_a_longer_outline():
    """The fingers are really in the picture: on average the hand's edge grows from 1 to 5."""

    def outline(fingers: int) -> float:
        rng, total = generator(100 + fingers), 0
        for _ in range(12):
            pose = hands.random_pose(fingers, rng)
            bones = hands._place(hands._skeleton(pose, rng), pose, rng)
            hand = hands._height_field(bones)[0] > hands._EMPTY / 2
            total += (hand[1:] != hand[:-1]).sum() + (hand[:, 1:] != hand[:, :-1]).sum()
        return total / 12

    lengths = [outline(fingers) for fingers in range(1, 6)]
    assert lengths == sorted(lengths)


def test_the_hand_is_inside_the_picture():
    """Every finger ends at least a pixel inside the frame; only the forearm leaves it."""
    rng = generator(8)
    side = hands.SIZE * hands._OVER
    for number in range(60):
        pose = hands.random_pose(number % 6, rng)
        for bone in hands._place(hands._skeleton(pose, rng), pose, rng):
            if bone.part != "arm":
                for point, radius in zip((bone.start, bone.end), bone.radii, strict=True):
                    assert (point[:2] - radius > 0).all() and (point[:2] + radius < side).all()
