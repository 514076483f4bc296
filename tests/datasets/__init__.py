"""Tests of resnet_course/datasets."""
