"""The whole, as a person has it: Home Assistant as a program, a real server, a real browser."""
