"""Tests of what users and developers read."""
