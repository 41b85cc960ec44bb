"""Any picture, made into the JPEG that the module takes, and shown to whoever may."""
