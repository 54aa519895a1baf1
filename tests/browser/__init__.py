"""The main jobs done as people do them: in a real browser, with a real worker, against the sandbox providers."""
