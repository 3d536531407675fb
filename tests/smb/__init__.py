"""Tests of the SMB core against real servers."""
