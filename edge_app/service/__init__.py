"""The program as a service that stays up: what systemd is told, and what happens when a part stands still."""
