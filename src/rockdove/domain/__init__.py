"""The field's own nouns, one a file. No I/O, no wire words, no imports from the rest of the product."""
