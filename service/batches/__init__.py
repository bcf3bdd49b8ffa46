"""Batches that a person may leave: asked for once, carried out by a worker, paused and resumed (docs/batches.md)."""
