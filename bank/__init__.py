"""What a bank's files hold and how they are meant: read once, before SQL reads every row."""
