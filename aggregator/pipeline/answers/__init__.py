"""What people ask of the store and of sources; nothing here changes anything."""
