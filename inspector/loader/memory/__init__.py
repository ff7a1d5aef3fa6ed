"""Memory for all pixels, which the parent owns: slots in an arena, and arrays over them for whoever holds a batch."""
