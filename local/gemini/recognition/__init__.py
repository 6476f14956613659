"""Recognising things in a picture with small neural networks, which OpenCV runs."""
