"""The folder that goes first on the PYTHONPATH of a watched command: nothing but our `sitecustomize`."""
