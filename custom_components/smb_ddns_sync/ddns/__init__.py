"""Which address is mine, and which records say so.

The phases are modules, in the order in which they run: `detect` asks the sources, `vote` decides
what they agree on, `reconcile` compares that with what was published and calls the provider only
where they differ. Nothing here knows Home Assistant, shares or folders.
"""
