"""Tests of the counterparts that other tests and the demo rely on."""
