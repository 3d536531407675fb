"""Tests of the commands that set up and check this checkout."""
