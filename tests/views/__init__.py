"""Tests of the pages: each works, refuses a stranger, and answers a swap and a visit."""
