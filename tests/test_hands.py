"""The drawn hands: their form, their balance, and that the same seed gives the same bytes."""

from hashlib import sha256

import numpy as np
import pytest

from resnet_course.datasets import hands


def generator(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def test_a_hand_is_an_rgb_picture_of_64_by_64():
    """A drawn hand has the shape and the type of a real SIGNS picture."""
    picture = hands.draw_hand(3, generator(0))
    assert picture.shape == (64, 64, 3)
    assert picture.dtype == np.uint8


def test_the_same_seed_gives_the_same_bytes():
    """Drawing is a function of the seed."""
    first, second = (hands.draw_signs(12, split=0, seed=5)[0].tobytes() for _ in range(2))
    assert sha256(first).digest() == sha256(second).digest()


def test_another_seed_gives_other_pictures():
    """The seed reaches the pictures, not only their order."""
    first, second = (hands.draw_signs(6, split=0, seed=seed)[0] for seed in (1, 2))
    assert not np.array_equal(np.sort(first.ravel()), np.sort(second.ravel()))


def test_a_picture_does_not_depend_on_how_many_are_drawn():
    """Each picture has a generator of its own: label and number give the picture."""
    pictures, labels = hands.draw_signs(12, split=1, seed=9)
    alone = hands.draw_hand(int(labels[7]), hands._generator(9, 1, 7))
    assert np.array_equal(pictures[7], alone)


def test_train_and_test_share_no_picture():
    """The two splits are drawn from different streams."""
    train, test = (hands.draw_signs(18, split=split)[0] for split in (0, 1))
    assert not {p.tobytes() for p in train} & {p.tobytes() for p in test}


def test_classes_are_balanced_and_shuffled():
    """Every class has the same number of pictures, and they do not come sorted."""
    _, labels = hands.draw_signs(36, split=0)
    assert labels.dtype == np.int64
    assert np.bincount(labels).tolist() == [6] * 6
    assert (np.diff(labels) < 0).any()


def test_a_count_that_cannot_be_balanced_is_refused():
    """Six classes cannot share seven pictures."""
    with pytest.raises(ValueError, match="multiple of 6"):
        hands.draw_signs(7, split=0)


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
