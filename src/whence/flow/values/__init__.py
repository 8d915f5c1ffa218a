"""Where values come from: through functions, containers, attributes, libraries and files."""
