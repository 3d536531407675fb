"""Tests: `ddns`, `smb` and `sync` without Home Assistant, `face` inside it, `e2e` in a browser."""
