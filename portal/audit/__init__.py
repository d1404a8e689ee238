"""Record of acts."""
