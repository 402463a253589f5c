"""Between which versions a bug came and went: searched with few tries, over releases or commits."""
