"""Pages of the reference, one file each, made from the code that they describe."""
