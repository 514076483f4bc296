"""The training toolkit: `training.fit`, and modules for the steps before and after training."""

from resnet_course.training.run import Run, RunError, fit

__all__ = ["Run", "RunError", "fit"]
