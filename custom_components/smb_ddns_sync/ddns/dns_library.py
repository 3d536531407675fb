"""What dnspython wants to have done once before it is used.

It imports the module of a record type when it meets the first record of it, and that would block
the event loop. It is done here, where the modules of the program are loaded.
"""

import dns.rdata

dns.rdata.load_all_types()  # type: ignore[no-untyped-call]  # dnspython left it untyped
