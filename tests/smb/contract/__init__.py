"""What every operation of the client promises, whatever the server is set up like."""
