"""`make bench`: how fast the console is, over real HTTP, with the processes that serve it in earnest."""
