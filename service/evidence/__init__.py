"""What outlives a certificate: time stamps and revocation evidence, fetched from configured addresses alone."""
