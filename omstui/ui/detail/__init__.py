"""One task in full: what is shown of it, its figures, its lines, and the pane that draws them."""
