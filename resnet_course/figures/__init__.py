"""Figures: drawings for the lessons (`figures.identity_block()`), plots of data, bands of runs."""

from resnet_course.figures.lesson_figures import (
    basic_and_bottleneck,
    convolutional_block,
    identity_block,
    residual_idea,
    resnet20,
    resnet50,
)

__all__ = [
    "basic_and_bottleneck",
    "convolutional_block",
    "identity_block",
    "residual_idea",
    "resnet20",
    "resnet50",
]
