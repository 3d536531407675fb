"""Servers that lie: every lie ends in an error by its cause, and nothing of ours is touched."""
