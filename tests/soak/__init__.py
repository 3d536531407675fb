"""Tests of what plays a week of trouble."""
