"""How this program names itself to the servers it asks."""

from typing import Final

# Dyn and No-IP block clients without a name of their own, and want to find who wrote them
# (help.dyn.com "Update User Agent", noip.com/integrate/request).
USER_AGENT: Final = "SMB-DDNS-Sync (+https://github.com/smb-ddns-sync/smb-ddns-sync)"
