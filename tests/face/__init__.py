"""Tests of what Home Assistant sees."""
