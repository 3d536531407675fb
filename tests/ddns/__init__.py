"""Tests of the ddns core, without Home Assistant."""
