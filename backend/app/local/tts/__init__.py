"""Small English and Japanese voices behind Fish Speech's routes."""
