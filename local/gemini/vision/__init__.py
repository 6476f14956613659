"""Finding things in a picture with classical computer vision: what stands out, never what it is.

    decode -> canvas -> superpixels -> merge tree -> foreground -> cut -> grouping
           -> soft mask -> thing -> words

Nothing here draws random numbers: the same bytes give the same things in any thread.
"""
