"""The way of a change, a file per step: propose, decide, deliver, settle, recheck, wake, record, and the side roads."""
