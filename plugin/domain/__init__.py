"""What entremise talks about. Standard library only."""
