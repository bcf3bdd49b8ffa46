"""Signers that are not a key file: tokens at an office, remote services, and what is asked of all before the PIN."""
