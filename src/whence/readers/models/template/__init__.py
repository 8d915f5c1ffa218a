"""Chat templates: Jinja that loaders compile and render, judged without doing either."""
