"""The barest programs that do the same as what is measured. They do not change when entremise does."""
