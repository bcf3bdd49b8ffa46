"""Every way known to us in which somebody may spoil or forge an issued file (tests/README.md, "Attacks")."""
