"""What is kept: one database, SQLite or PostgreSQL, one history of migrations; and private conversations, in memory."""
