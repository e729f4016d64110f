"""A made-up college on a local site, so that anyone can see the whole of Tocsin work within a minute."""
