"""Naming things in a picture, with small networks that OpenCV runs.

    picture -> ssd, nanodet -> agreed boxes -> classifier confirms or renames -> masks by salience
                                               what stands out besides is named by the classifier
            -> reader: the lines of text

What nobody can name is left to ../vision. The same bytes give the same things in any thread.
"""
