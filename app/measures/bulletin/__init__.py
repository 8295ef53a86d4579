"""The monthly bulletin 月报: gathered once, as blocks in words, and laid out as a page, a Word document and a PDF."""
