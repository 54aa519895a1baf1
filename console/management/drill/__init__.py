"""The drill: many changes through every kind of fault, workers killed on the way, and the truth about it afterwards."""
