"""The page that checks all files: `panel` starts and cancels, `model` has what is found, `summary` counts it."""
