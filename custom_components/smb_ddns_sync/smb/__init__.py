"""One SMB server, reached fast, safely and truthfully.

smbprotocol negotiates, authenticates and derives keys; everything above that is here. All calls
block, each with a deadline; callers run them on threads of their own. Nothing here knows
Home Assistant, addresses of the site, or jobs.
"""
