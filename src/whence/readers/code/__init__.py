"""Python sources and notebooks, shell, and the configuration that code reads."""
