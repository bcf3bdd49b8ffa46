"""Step 2 of issuing: who confirmed which rows, who approved them, and what of it still holds (docs/approvals.md)."""
