"""Tests of resnet_course/training."""
