"""What templates may ask for beyond Django's own tags, one file per subject."""
