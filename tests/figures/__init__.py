"""Tests of resnet_course/figures."""
