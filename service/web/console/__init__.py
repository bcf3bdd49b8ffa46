"""The console: the pages of schools and of the Sở, one module for each matter. None needs JavaScript."""
