"""Behind the ports: SQL, Redis and files, and shipped stores in memory that keep the same word."""
