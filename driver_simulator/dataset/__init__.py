"""Sets of labelled clips of scripted drivers: planned from a seed, drawn, and written as a trainer reads them."""
