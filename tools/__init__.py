"""What developers run: nothing of this ships with the package."""
