"""What is decided outside the code: configuration, command lines, variables, fetched files, versions."""
