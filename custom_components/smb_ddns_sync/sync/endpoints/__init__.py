"""The sides that exist: a folder of this machine, one on a share, one in memory for tests."""
