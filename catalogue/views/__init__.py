"""Pages of the desk: entries, their versions, and whether their data is given out."""
