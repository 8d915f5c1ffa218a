"""Archives and compressed streams, read leniently: what any loader would see in them."""
