"""What people and programs see over HTTP: the REST API and the personal pages."""
