"""Families: download links, notices, and their requests with the legal clocks."""
