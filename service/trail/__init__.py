"""The trail of changes of marks: hand corrections, the heads that released data carry, its audit."""
