"""`make bench`: what we add to the time of the models, what a session costs, and how real turns feel."""
