"""The stores: one body over all of them."""
