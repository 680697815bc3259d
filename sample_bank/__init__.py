"""The sample bank: a deterministic generator of one synthetic bank's raw extracts."""
