"""Search spaces that come with tunebench, one readable file each."""
