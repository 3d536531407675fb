"""An SMB server that is not Samba: impacket's, as a program of its own.

`python impacket_server.py FOLDER USERNAME`, with the password as the first line of standard input;
prints the port, and ends when standard input does.
"""

import logging
import os
import sys
import threading

from impacket.ntlm import compute_lmhash, compute_nthash
from impacket.smbserver import SimpleSMBServer

SHARE = "DATA"


def main(folder: str, username: str) -> None:
    """Serve one folder to one account, on loopback, at a free port."""
    logging.disable(logging.CRITICAL)  # it logs what it is told, sign-in tokens included
    password = sys.stdin.readline().rstrip("\n")
    server = SimpleSMBServer(listenAddress="127.0.0.1", listenPort=0)
    server.addShare(SHARE, folder, "Not Samba")
    server.addCredential(username, 0, compute_lmhash(password), compute_nthash(password))
    server.setSMB2Support(True)
    server.setSMBChallenge("")
    server.setLogFile("")
    sys.stdout.write(f"{server.getServer().server_address[1]}\n")
    sys.stdout.flush()
    threading.Thread(target=server.start, daemon=True).start()
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
