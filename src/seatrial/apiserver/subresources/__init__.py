"""Parts of an object that are asked for by a path of their own."""
