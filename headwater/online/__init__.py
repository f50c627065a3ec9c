"""The online side: pages of tiles in a store, what writes them and what reads vectors from them."""
