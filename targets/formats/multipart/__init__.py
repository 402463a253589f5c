"""Form bodies: multipart/form-data and URL-encoded pairs, with the Content-Type that names them."""
