"""Signing in: Flask-Security on this installation's people, its pages and forms (docs/people.md)."""
