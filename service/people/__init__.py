"""People: their roles, their sign-ins, and what each may do."""
